package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.blkdelta.failure.ConnectionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Logging in by password, to a server of the library's: OpenSSH's would need an account for it.
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
class PasswordLoginTest {

  static {
    Ed25519.register();
  }

  @TempDir Path directory;
  private SshServer server = SshServer.setUpDefaultServer();

  @BeforeEach
  void startServer() throws Exception {
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(
        KeyPairProvider.wrap(KeyPairGenerator.getInstance("Ed25519").generateKeyPair()));
    server.setPasswordAuthenticator((user, password, session) -> password.equals("open"));
    server.setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
    server.setCommandFactory(
        (channel, line) ->
            new LoopbackCommand(
                line,
                (text, in, out, err) -> {
                  out.write(text.getBytes(StandardCharsets.UTF_8));
                  return 0;
                }));
    server.start();
  }

  @AfterEach
  void endServer() throws IOException {
    server.stop(true);
  }

  @Test
  void a_password_is_asked_for() throws IOException {
    var person = Answering.knowing("open");
    assertEquals("hello", output(person));
    assertEquals(List.of("me@127.0.0.1's password: "), person.asked());
  }

  @Test
  void a_server_that_asks_questions_is_answered() throws IOException {
    server.setUserAuthFactories(List.of(UserAuthKeyboardInteractiveFactory.INSTANCE));
    var person = Answering.knowing("open");
    assertEquals("hello", output(person));
    assertEquals(List.of("(me@127.0.0.1) Password: "), person.asked());
  }

  @Test
  void a_wrong_password_is_asked_for_three_times() {
    var person = Answering.knowing("wrong");
    var refused = assertThrows(ConnectionException.class, () -> output(person));
    assertContains(refused, "the server refused to log in me: tried password, password, password");
    assertEquals(3, person.asked().size());
  }

  @Test
  void a_question_that_nobody_answers_is_told_as_that() {
    server.setUserAuthFactories(List.of(UserAuthKeyboardInteractiveFactory.INSTANCE));
    var refused = assertThrows(ConnectionException.class, () -> output(Questions.NOBODY));
    assertContains(
        refused,
        "log in me: skipped keyboard-interactive (no answer: no terminal and no SSH_ASKPASS, or BatchMode); ");
  }

  @Test
  void nobody_is_asked_in_batch_mode() {
    var person = Answering.knowing("open");
    var refused = assertThrows(ConnectionException.class, () -> output(person, "BatchMode=yes"));
    assertContains(
        refused, "skipped password (no answer: no terminal and no SSH_ASKPASS, or BatchMode)");
    assertEquals(List.of(), person.asked());
  }

  @Test
  void a_server_that_runs_no_commands_is_named() {
    server.setCommandFactory(
        (channel, line) -> {
          throw new IllegalArgumentException("no commands here");
        });
    var refused = assertThrows(ConnectionException.class, () -> output(Answering.knowing("open")));
    assertContains(refused, "me@127.0.0.1: ssh: the server refused to run a command");
  }

  @Test
  void a_server_that_opens_no_channel_is_named() {
    server.setChannelFactories(List.of());
    var refused = assertThrows(ConnectionException.class, () -> output(Answering.knowing("open")));
    assertEquals(
        "me@127.0.0.1: ssh: the server opened no channel: Unsupported channel type: session; look at MaxSessions and ForceCommand in its sshd_config",
        refused.getMessage());
  }

  private String output(Questions questions, String... settings) throws IOException {
    var all = new ArrayList<>(List.of(settings));
    all.addAll(
        List.of(
            "UserKnownHostsFile=" + directory.resolve("known_hosts"),
            "GlobalKnownHostsFile=none",
            "StrictHostKeyChecking=accept-new",
            "IdentityFile=none",
            "IdentityAgent=none"));
    var options =
        new SshOptions(
            Optional.empty(),
            Optional.of(Path.of("none")),
            List.of(),
            OptionalInt.of(server.getPort()),
            all,
            false);
    var host = new Host(Optional.of("me"), "127.0.0.1", OptionalInt.empty());
    try (var process = RemoteShell.start(host, "hello", options, questions)) {
      process.stdin().close();
      return new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void assertContains(Exception e, String part) {
    var message = String.valueOf(e.getMessage());
    assertTrue(message.contains(part), message);
    assertTrue(message.length() <= 200, message);
  }
}
