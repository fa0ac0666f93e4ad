package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.blkdelta.vmdk.Doubt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What is to be read.
@Command(optionListHeading = "Where the changes come from:")
final class SourceOptions {

  /// Describes the parameter of the commands that have such options.
  static final String SOURCE =
      "A classic LVM snapshot: VG/SNAP, /dev/VG/SNAP or /dev/mapper/VG-SNAP. With --origin: the"
          + " snapshot's exception store, a device or an image of it. Or a VMware snapshot: the"
          + " newest link's file (vm-000002.vmdk), whose parents are followed down to the base; or"
          + " several deltas, oldest first, which are taken as they are.";

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

  @Option(
      names = "--since",
      paramLabel = "NAME",
      description =
          "What the destination holds already. For a VMware snapshot: the file of the link up to"
              + " which it was synced; only what is newer is sent. Default: the base.")
  @Nullable String since;

  @Option(
      names = "--allow-outside",
      description =
          "Let the descriptors of a VMware disk name files outside their own folder. They say what"
              + " is read and sent away: use it only with descriptors that you trust.")
  boolean allowOutside;

  @Option(
      names = "--accept",
      paramLabel = "DOUBT",
      split = ",",
      description =
          "Go on where something about a VMware disk is doubtful: cid (the parent is not in the state"
              + " that its child was made from), unclean (a file was not closed properly), flags"
              + " (flags that no document explains).")
  Set<Doubt> accept = EnumSet.noneOf(Doubt.class);
}
