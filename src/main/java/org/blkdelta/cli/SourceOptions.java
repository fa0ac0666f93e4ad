package org.blkdelta.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What is to be read.
@Command(optionListHeading = "Where the changes come from:")
final class SourceOptions {

  /// Describes the parameter of the commands that have such options.
  static final String SOURCE =
      "A classic LVM snapshot: VG/SNAP, /dev/VG/SNAP or /dev/mapper/VG-SNAP. With --origin: the"
          + " snapshot's exception store, a device or an image of it.";

  @Option(
      names = "--origin",
      paramLabel = "PATH",
      description =
          "SOURCE is an exception store that no active snapshot uses, as a device or a file. Read the"
              + " new bytes from here, its origin.")
  @Nullable Path origin;

  @Option(
      names = "--snapshot-size",
      paramLabel = "BYTES",
      description =
          "With --origin: the size that the snapshot has, where the origin has been enlarged since."
              + " Everything behind it is sent too.")
  @Nullable Long snapshotSize;

  @Option(
      names = "--data-source",
      paramLabel = "PATH",
      description =
          "Read the new bytes from a newer snapshot of the same origin, so that the origin can stay"
              + " in use.")
  @Nullable String dataSource;
}
