package org.blkdelta.remote;

import java.util.List;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// How blkdelta is run on another machine.
///
/// @param command what the remote shell gets, as it is, so that `sudo blkdelta` works
/// @param deploy whether this program is sent there and run
public record FarCommand(String command, boolean deploy) {

  /// The program's name.
  public static final String NAME = "blkdelta";

  /// That in the PATH there.
  public static final FarCommand USUAL = new FarCommand(NAME, false);

  /// Starts it; the caller closes the process.
  ///
  /// @param words its arguments, which are quoted
  public RemoteProcess start(Host host, List<String> words, SshOptions ssh, Questions questions)
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
}
