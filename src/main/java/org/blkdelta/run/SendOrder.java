package org.blkdelta.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.source.UseRequest;
import org.blkdelta.sync.Base;
import org.blkdelta.wire.Packing;

/// What `blkdelta send`, the far end of a run that reads, is asked for.
///
/// @param settings how the source is read
/// @param isRaw whether it is a raw disk whatever it holds
/// @param isWhole whether the volume is sent, and not what changed
/// @param isListed whether only some runs of it are sent, which standard input lists
/// @param isDigests whether digests are sent, and not the bytes
/// @param base how much of what did not change is compared first, if somebody said
/// @param use what is done about a source that is in use
/// @param packing how what is sent is compressed
public record SendOrder(
    SourceSettings settings,
    boolean isRaw,
    boolean isWhole,
    boolean isListed,
    boolean isDigests,
    Optional<Base> base,
    UseRequest use,
    Packing packing) {

  /// Asks for changes.
  public static SendOrder changes(
      SourceSettings settings,
      boolean isRaw,
      Optional<Base> base,
      UseRequest use,
      Packing packing) {
    return new SendOrder(settings, isRaw, false, false, false, base, use, packing);
  }

  /// Asks for what changed, by digests.
  public static SendOrder digestsOfChanges(SourceSettings settings, boolean isRaw, UseRequest use) {
    return new SendOrder(
        settings, isRaw, false, false, true, Optional.empty(), use, new Packing.None());
  }

  /// Asks for a whole volume.
  public static SendOrder whole(SourceSettings settings, boolean isRaw, Packing packing) {
    return whole(settings, isRaw, false, false, packing);
  }

  /// Asks for a whole volume, by digests.
  public static SendOrder digests(SourceSettings settings, boolean isRaw) {
    return whole(settings, isRaw, false, true, new Packing.None());
  }

  /// Asks for some runs of a volume, which standard input lists.
  public static SendOrder listed(SourceSettings settings, boolean isRaw) {
    return whole(settings, isRaw, true, false, new Packing.None());
  }

  private static SendOrder whole(
      SourceSettings settings,
      boolean isRaw,
      boolean isListed,
      boolean isDigests,
      Packing packing) {
    return new SendOrder(
        settings, isRaw, true, isListed, isDigests, Optional.empty(), UseRequest.USUAL, packing);
  }

  /// Returns the whole command line of a sender.
  public List<String> words(List<String> sources) {
    var words = new ArrayList<>(List.of("send"));
    words.addAll(settings.words());
    if (isRaw) {
      words.add("--raw");
    }
    if (isWhole) {
      words.add("--whole");
    }
    if (isListed) {
      words.add("--listed");
    }
    if (isDigests) {
      words.add("--digests");
    }
    base.ifPresent(how -> words.add("--base=" + how.word()));
    words.addAll(use.words());
    words.addAll(packing.words());
    words.add("--");
    words.addAll(sources);
    return words;
  }
}
