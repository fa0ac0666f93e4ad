package org.blkdelta.cli;

import java.util.List;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.ShellWords;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What runs at the remote side.
@Command(optionListHeading = "What runs at the remote side:")
final class RemoteOptions {

  @Option(
      names = "--remote-command",
      paramLabel = "CMD",
      defaultValue = "blkdelta",
      description =
          "What to run at the remote side, where blkdelta is not in the PATH there, or needs sudo: a"
              + " path, or \"sudo blkdelta\". It goes to the remote shell as it is. Default:"
              + " ${DEFAULT-VALUE}.")
  String command = "blkdelta";

  /// Returns a command line for the remote shell. The command is passed on as it is, so that `sudo
  /// blkdelta` works; everything else is quoted.
  String line(List<String> words) {
    return command + " " + ShellWords.join(words);
  }

  /// Refuses two machines that are both not this one.
  static void checkOneIsHere(Location source, Location destination) throws UsageException {
    if (source.isRemote() && destination.isRemote()) {
      throw new UsageException(
          destination
              + ": source and destination are both on other machines; run it on one of them");
    }
  }
}
