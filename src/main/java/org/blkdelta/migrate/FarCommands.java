package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.InputCommands;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.remote.SshOptions;

/// Runs programs of another machine to their end, each by a login of its own.
///
/// @param host the machine
/// @param ssh how it is reached
/// @param questions who is asked at a login
record FarCommands(Host host, SshOptions ssh, Questions questions) implements InputCommands {

  /// What the shell of a login is told first: programs of administrators, such as LVM's, are in
  /// /usr/sbin, which its PATH may lack.
  static final String SEARCHED = "PATH=$PATH:/usr/sbin:/sbin; export PATH; ";

  /// A program of any shell: what it runs is in the words after it.
  private static final List<String> SHELL =
      List.of(
          "sh",
          "-c",
          SEARCHED
              + "LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1; export LC_ALL LVM_SUPPRESS_FD_WARNINGS;"
              + " exec \"$@\"",
          "sh");

  private static final int MAX_BYTES = 64 << 20;
  private static final int CONNECTION_LOST = 255;

  @Override
  public Outcome run(List<String> command) throws IOException {
    return run(command, new byte[0]);
  }

  @Override
  public Outcome run(List<String> command, byte[] input) throws IOException {
    var words = new ArrayList<>(SHELL);
    words.addAll(command);
    try (var process = RemoteShell.start(host, ShellWords.join(words), ssh, questions)) {
      InputCommands.feed(process.stdin(), input);
      var out = process.stdout().readNBytes(MAX_BYTES);
      if (out.length == MAX_BYTES) {
        throw lost(command, "it printed more than %d bytes".formatted(MAX_BYTES));
      }
      int status = process.exitStatus();
      if (status == CONNECTION_LOST) {
        throw lost(command, "the connection was lost; " + process.stderrTail().strip());
      }
      return new Outcome(status, new String(out, UTF_8), process.stderrTail().strip());
    } catch (SyncException told) {
      throw told;
    } catch (IOException broken) {
      throw lost(command, SyncException.describe(broken));
    }
  }

  private ConnectionException lost(List<String> command, String why) {
    return new ConnectionException("%s: %s: %s".formatted(host, command.getFirst(), why));
  }
}
