package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.destination.Treatment;
import org.blkdelta.failure.UsageException;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.sync.Base;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How a destination may be treated.
@Command(optionListHeading = "Destination:")
final class DestinationOptions {

  /// Describes the option of all commands that have it.
  static final String FORCE = "Write in spite of REASON, the word that the refusal named.";

  /// Says more of it.
  static final String REASONS =
      "In use: mounted, swap, held, open. What others depend on: snapshot, origin, pool,"
          + " multipath; unknown, if that cannot be found out. What it holds and blkdelta did not"
          + " write: partitions, pv, raid, luks, swap, signature, of which the last stands for all of"
          + " these. Writing below a mounted file system destroys it.";

  @Option(
      names = "--create",
      description = {
        "Create a destination file that does not exist.",
        "It is sparse and of the volume's size, and holds nothing but what is sent. A file that exists is written if it is a copy that blkdelta made, or if nothing was ever written to it; any other is refused without --overwrite."
      })
  boolean create;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = {
        "What --create makes: raw (the default), qcow2, vhdx, vhd or vdi.",
        "Disk images are made by qemu-img and written by way of qemu-nbd. A file that exists is taken for an image if its name ends in .qcow2, .vhdx, .vhd or .vdi, or FORMAT says so; it is refused if it is something else."
      })
  @Nullable String format;

  @Option(
      names = "--overwrite",
      description = {
        "Write to a file or device that holds something else.",
        "The same as --force=signature: what is in use, or what others depend on, is refused all the same."
      })
  boolean overwrite;

  @Option(
      names = "--force",
      paramLabel = "REASON",
      split = ",",
      description = {FORCE, REASONS})
  Set<Reason> force = EnumSet.noneOf(Reason.class);

  @Option(
      names = {"-n", "--dry-run"},
      description = {
        "Make all checks and say what would be done.",
        "Nothing is written. A source on another machine is read and sent for that."
      })
  boolean dryRun;

  @Option(
      names = "--undo",
      paramLabel = "FILE",
      description = {
        "Save what is overwritten to a new file there.",
        "It is on the destination's machine, and durable before anything is overwritten: a change stream, which blkdelta apply rolls back with. It takes as much space as what is written."
      })
  @Nullable Path undo;

  /// Returns how the destination of a whole volume is treated.
  ///
  /// @param isRaw whether it is a raw disk whatever it holds
  Treatment treatment(boolean isRaw) throws UsageException {
    return treatment(isRaw, null);
  }

  /// Returns how the destination of changes is treated.
  ///
  /// @param isRaw whether it is a raw disk whatever it holds
  /// @param base how to find out whether it is what they start from; null if nobody said
  Treatment treatment(boolean isRaw, @Nullable Base base) throws UsageException {
    var overridden = EnumSet.noneOf(Reason.class);
    overridden.addAll(force);
    if (overwrite) {
      overridden.add(Reason.SIGNATURE);
    }
    var treatment =
        new Treatment(
            create,
            overridden,
            dryRun,
            Optional.ofNullable(base),
            Optional.ofNullable(undo),
            isRaw);
    return format == null ? treatment : treatment.ofFormat(format);
  }
}
