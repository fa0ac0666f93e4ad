package org.blkdelta.cli;

import java.io.OutputStream;
import java.util.List;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.wire.PackedOutput;
import org.blkdelta.wire.Zstandard;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Whether, and how, what is sent is compressed.
@Command(optionListHeading = "How it is compressed:")
final class Compression {

  private static final String WHERE_IT_PAYS = "auto";

  @Option(
      names = "-z",
      description =
          "Compress what goes over the connection, where that is quicker: the same as"
              + " --compress=auto.")
  boolean isWhereItPays;

  @Option(
      names = "--compress",
      paramLabel = "HOW",
      description =
          "Compress what goes over the connection, by zstd: auto (quickly, and not where that takes"
              + " longer than sending what it saves), or a level, from 1, the quickest, to 19."
              + " Without it nothing is compressed: a network of 1 Gbit/s gains from it where the"
              + " content does, a faster one hardly. Where both are here it does nothing.")
  @Nullable String how;

  /// Returns whether anything is to be compressed.
  boolean isWanted() {
    return isWhereItPays || how != null;
  }

  /// Finds out whether that can be done, before anything else is.
  void check() throws SyncException {
    if (how != null && !how.equals(WHERE_IT_PAYS) && !isLevel(how)) {
      throw new UsageException(
          "--compress=%s: write auto, or a level from %d to %d"
              .formatted(how, Zstandard.QUICKEST, Zstandard.DENSEST));
    }
    if (isWanted()) {
      Zstandard.load();
    }
  }

  /// Returns what is written to in the place of `out`: that itself where nothing is compressed.
  OutputStream before(OutputStream out) {
    if (!isWanted()) {
      return out;
    }
    return how == null || how.equals(WHERE_IT_PAYS)
        ? PackedOutput.whereItPays(out, System::nanoTime)
        : PackedOutput.always(out, Integer.parseInt(how));
  }

  /// Returns the same as words for a remote command line that sends.
  List<String> words() {
    if (!isWanted()) {
      return List.of();
    }
    return List.of("--compress=" + (how == null ? WHERE_IT_PAYS : how));
  }

  private static boolean isLevel(String text) {
    return text.matches("[1-9][0-9]?") && Integer.parseInt(text) <= Zstandard.DENSEST;
  }
}
