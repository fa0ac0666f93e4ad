package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What is to be read.
@Command(optionListHeading = "Where the changes come from:")
final class SourceOptions {

  /// Describes the parameter of the commands that have such options.
  static final String SOURCE =
      "A classic LVM snapshot, or a thin one: VG/SNAP, /dev/VG/SNAP or /dev/mapper/VG-SNAP. What is"
          + " sent is what changed from it to its origin. With --since: a thin volume, the state that"
          + " the destination is to have. With --origin: the snapshot's exception store, a device or"
          + " an image of it. With --thin-metadata: a thin volume's content, a device or a file."
          + " Or a VMware snapshot, here or on another machine: the newest link's file"
          + " (vm-000002.vmdk), whose parents are followed down to the base; or several deltas, oldest"
          + " first, which are taken as they are.";

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
          "With --origin or --thin-metadata: the size that the snapshot or older volume has, where"
              + " the volume has been enlarged since. Everything behind it is sent too.")
  @Nullable Long snapshotSize;

  @Option(
      names = "--data-source",
      paramLabel = "PATH",
      description =
          "Read the new bytes from a newer snapshot of the same origin, so that the origin can stay"
              + " in use. For classic snapshots; with thin ones, see --since.")
  @Nullable String dataSource;

  @Option(
      names = "--since",
      paramLabel = "OLD",
      description =
          "SOURCE is a thin volume. Send what differs between OLD, a thin volume of the same pool,"
              + " such as an older snapshot, and SOURCE. The destination must hold a copy of OLD. OLD"
              + " need not be active. Or SOURCE is a VMware snapshot: send what is newer than OLD, the"
              + " file of the link that the destination holds. Default for these: the base.")
  @Nullable String since;

  @Option(
      names = "--thin-metadata",
      paramLabel = "FILE",
      description =
          "SOURCE is the content of a thin volume of a pool that is not active. Read from this image"
              + " of the pool's metadata (or from the device) what differs between the volumes --from"
              + " and --to.")
  @Nullable Path thinMetadata;

  @Option(
      names = "--from",
      paramLabel = "ID",
      description =
          "With --thin-metadata: the number in the pool (lvs -o thin_id) of the volume that the"
              + " destination is a copy of.")
  @Nullable Integer from;

  @Option(
      names = "--to",
      paramLabel = "ID",
      description = "With --thin-metadata: the number in the pool of the volume that SOURCE is.")
  @Nullable Integer to;

  @Mixin ChainOptions chain = new ChainOptions();

  /// Returns those that say nothing but how the files of a VMware disk are read.
  static SourceOptions of(ChainOptions chain) {
    var options = new SourceOptions();
    options.chain = chain;
    return options;
  }

  /// Returns whether none says what the source belongs to.
  boolean isNone() {
    return origin == null
        && snapshotSize == null
        && dataSource == null
        && since == null
        && thinMetadata == null
        && from == null
        && to == null;
  }

  /// Returns the same options as words for a remote command line.
  List<String> words() {
    var words = new ArrayList<String>();
    add(words, "--origin", origin);
    add(words, "--snapshot-size", snapshotSize);
    add(words, "--data-source", dataSource);
    add(words, "--since", since);
    add(words, "--thin-metadata", thinMetadata);
    add(words, "--from", from);
    add(words, "--to", to);
    words.addAll(chain.words());
    return words;
  }

  private static void add(List<String> words, String option, @Nullable Object value) {
    if (value != null) {
      words.add(option + "=" + value);
    }
  }
}
