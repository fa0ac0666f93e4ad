package org.blkdelta.cli;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.blkdelta.vmdk.Doubt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How the files of a VMware disk are read.
@Command(optionListHeading = "How a VMware disk is read:")
final class ChainOptions {

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

  /// Whether a source is read as a raw disk whatever it is: [RawOption] says.
  boolean raw;

  /// Returns the same options as words for a remote command line.
  List<String> words() {
    var words = new ArrayList<String>();
    if (allowOutside) {
      words.add("--allow-outside");
    }
    for (var doubt : accept) {
      words.add("--accept=" + doubt.word());
    }
    if (raw) {
      words.add(RawOption.NAME);
    }
    return words;
  }
}
