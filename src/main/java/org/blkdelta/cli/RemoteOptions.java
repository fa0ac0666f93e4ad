package org.blkdelta.cli;

import java.util.List;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Deployment;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.ProgramImage;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.Asked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What runs at the remote side.
@Command(optionListHeading = "What runs at the remote side:")
final class RemoteOptions {

  private static final String NAME = "blkdelta";

  @Option(
      names = "--remote-command",
      paramLabel = "CMD",
      defaultValue = NAME,
      description =
          "What to run at the remote side, where blkdelta is not in the PATH there, or needs sudo: a"
              + " path, or \"sudo blkdelta\". It goes to the remote shell as it is. Default:"
              + " ${DEFAULT-VALUE}.")
  String command = NAME;

  @Option(
      names = "--deploy",
      description =
          "Needs no blkdelta at the remote side: sends this one there, once, into the folder"
              + " .cache/blkdelta of the login ($XDG_CACHE_HOME/blkdelta where that is set), and runs it"
              + " from there. Each run checks every file of it by its digest. The remote side needs the"
              + " same kind of processor and C library, and sha256sum, tar and gzip. Where"
              + " --remote-command is given too, it ends with the word blkdelta, which stands for what"
              + " was sent: \"sudo blkdelta\".")
  boolean deploy;

  /// What the connections of this command are about.
  final Asked.Place place = new Asked.Place();

  /// Starts blkdelta at the remote side. The command is passed on as it is, so that `sudo blkdelta`
  /// works; everything else is quoted.
  ///
  /// @param words its arguments
  /// @return the process, which the caller closes
  RemoteProcess start(Host host, List<String> words, SshOptions ssh, Questions questions)
      throws SyncException {
    if (!deploy) {
      return RemoteShell.start(host, command + " " + ShellWords.join(words), ssh, questions);
    }
    var before = beforeName();
    return Deployment.start(ProgramImage.running(), host, before, words, ssh, questions);
  }

  /// Returns what stands before the program's name.
  private String beforeName() throws UsageException {
    var name = command.strip();
    if (!name.equals(NAME) && !name.endsWith(" " + NAME)) {
      throw new UsageException(
          "--remote-command=%s: with --deploy it ends with the word blkdelta, which stands for what is"
                  .formatted(command)
              + " sent, as in \"sudo blkdelta\"");
    }
    return name.substring(0, name.length() - NAME.length());
  }

  /// Refuses two machines that are both not this one, and what is said of another where there is
  /// none.
  void check(Location source, Location destination) throws UsageException {
    if (deploy && !source.isRemote() && !destination.isRemote()) {
      throw new UsageException("--deploy: nothing runs on another machine; leave it out");
    }
    if (source.isRemote() && destination.isRemote()) {
      throw new UsageException(
          destination
              + ": source and destination are both on other machines; run it on one of them");
    }
  }
}
