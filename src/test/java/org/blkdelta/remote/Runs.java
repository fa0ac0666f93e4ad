package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.blkdelta.failure.ConnectionException;

/// Runs of remote commands from start to end, for tests.
public final class Runs {

  private Runs() {}

  /// Returns what a command prints that reads nothing and ends well.
  static String output(Host host, String command, SshOptions options, Questions questions)
      throws IOException {
    try (var process = RemoteShell.start(host, command, options, questions)) {
      process.stdin().close();
      var text = text(process);
      assertEquals(0, process.exitStatus(), process.stderrTail());
      return text;
    }
  }

  /// Asserts that a login works.
  static void assertLogin(OpenSshServer server, SshOptions options, Questions questions)
      throws IOException {
    assertEquals("hello\n", output(server.host(), "echo hello", options, questions));
  }

  /// Returns why a login does not work.
  static ConnectionException refusal(
      OpenSshServer server, SshOptions options, Questions questions) {
    return assertThrows(
        ConnectionException.class,
        () -> RemoteShell.start(server.host(), "true", options, questions));
  }

  /// Returns all that a process prints from here on.
  static String text(RemoteProcess process) throws IOException {
    return new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8);
  }

  /// Asserts that a message has a part.
  public static void assertContains(Exception e, String part) {
    var message = String.valueOf(e.getMessage());
    assertTrue(message.contains(part), message);
  }

  /// Has the library know Ed25519, as the client does, before a server in this process is made.
  public static void knowEd25519() {
    Ed25519.register();
  }
}
