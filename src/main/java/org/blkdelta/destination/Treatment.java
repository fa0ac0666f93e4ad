package org.blkdelta.destination;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.failure.UsageException;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.nbd.ImageKind;
import org.blkdelta.sync.Base;

/// How a destination may be treated.
///
/// @param create whether a file that does not exist is made
/// @param force what speaks against writing, and is overridden
/// @param dryRun whether nothing is written
/// @param base how to find out whether it is what the changes start from; empty if nobody said
/// @param undo a new file for what is overwritten
/// @param raw whether it is a raw disk whatever it holds
/// @param canForce whether the user can override anything, so that refusals may tell of it
/// @param insisting what the user says to have it taken for a raw disk
/// @param image what a file is that is made, and what one that is there must be; empty for a raw
///     disk, and for whatever is there
public record Treatment(
    boolean create,
    Set<Reason> force,
    boolean dryRun,
    Optional<Base> base,
    Optional<Path> undo,
    boolean raw,
    boolean canForce,
    String insisting,
    Optional<ImageKind> image) {

  private static final String RAW = "--raw";
  private static final String RAW_FORMAT = "raw";

  /// With every check, and as if nobody had said anything.
  public static final Treatment USUAL =
      new Treatment(
          false,
          Set.of(),
          false,
          Optional.empty(),
          Optional.empty(),
          false,
          true,
          RAW,
          Optional.empty());

  /// That of a command that writes a delta as it comes, without options of its own, as lvmsync and
  /// vmdksync do.
  public static final Treatment ASSUMING =
      new Treatment(
          false,
          Set.of(),
          false,
          Optional.of(Base.ASSUME),
          Optional.empty(),
          false,
          false,
          "blkdelta sync --raw",
          Optional.empty());

  /// Creates one of an unmodifiable set.
  public Treatment {
    force = Set.copyOf(force);
  }

  /// Creates one by what the user may say.
  public Treatment(
      boolean create,
      Set<Reason> force,
      boolean dryRun,
      Optional<Base> base,
      Optional<Path> undo,
      boolean raw) {
    this(create, force, dryRun, base, undo, raw, true, RAW, Optional.empty());
  }

  /// Returns the same of a file of a format, as the user calls it.
  ///
  /// @throws UsageException if it is not known
  public Treatment ofFormat(String format) throws UsageException {
    var kind =
        format.equals(RAW_FORMAT)
            ? Optional.<ImageKind>empty()
            : Optional.of(ImageKind.named(format));
    if (raw && kind.isPresent()) {
      throw new UsageException("--raw and --format exclude each other; use one of them");
    }
    return new Treatment(create, force, dryRun, base, undo, raw, canForce, insisting, kind);
  }

  /// Returns the same with nothing written.
  public Treatment dry() {
    return new Treatment(create, force, true, base, undo, raw, canForce, insisting, image);
  }

  /// Returns what a destination that only is read may be taken for.
  public static Treatment reading(boolean raw) {
    return new Treatment(false, Set.of(), false, Optional.empty(), Optional.empty(), raw);
  }

  /// Returns it as words for a remote command line.
  public List<String> words() {
    var words = new ArrayList<String>();
    if (create) {
      words.add("--create");
    }
    if (dryRun) {
      words.add("--dry-run");
    }
    for (var reason : Reason.values()) {
      if (force.contains(reason)) {
        words.add("--force=" + reason.word());
      }
    }
    base.ifPresent(how -> words.add("--base=" + how.word()));
    undo.ifPresent(file -> words.add("--undo=" + file));
    if (raw) {
      words.add(RAW);
    }
    image.ifPresent(kind -> words.add("--format=" + kind.format()));
    return words;
  }

  /// Returns whether somebody wants it so.
  public boolean isBased(Base how) {
    return base.equals(Optional.of(how));
  }
}
