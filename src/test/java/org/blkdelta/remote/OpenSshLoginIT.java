package org.blkdelta.remote;

import static org.blkdelta.remote.Runs.assertContains;
import static org.blkdelta.remote.Runs.assertLogin;
import static org.blkdelta.remote.Runs.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Logging in to the OpenSSH server with the built-in client.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OpenSshLoginIT {

  private static final String USER = System.getProperty("user.name");
  private static final String SECRET = "correct horse";

  private static OpenSshServer server;

  @TempDir Path directory;

  @BeforeAll
  static void startServer() throws IOException {
    server = OpenSshServer.start();
  }

  @AfterAll
  static void endServer() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
  void a_key_logs_in(String type) throws IOException {
    assertLogin(server, with(authorized(key(type, ""))), Questions.NOBODY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"OpenSSH", "PEM"})
  void an_encrypted_key_logs_in_with_its_passphrase(String format) throws IOException {
    var key = encrypted(format);
    var person = Answering.knowing(SECRET);
    assertLogin(server, with(key), person);
    assertEquals(List.of("Passphrase for key '" + key + "': "), person.asked());
  }

  @ParameterizedTest
  @ValueSource(strings = {"OpenSSH", "PEM"})
  void a_wrong_passphrase_is_asked_for_three_times_and_named(String format) throws IOException {
    var key = encrypted(format);
    var person = Answering.knowing("wrong");
    assertEquals(
        "127.0.0.1: " + key + ": the passphrase is wrong; try again, or use ssh-add",
        refusal(server, with(key), person).getMessage());
    assertEquals(3, person.asked().size());
  }

  @Test
  void an_encrypted_key_is_skipped_where_there_is_no_terminal() throws IOException {
    var key = authorized(key("ed25519", SECRET));
    assertLogin(server, with(key, server.identity()), Questions.NOBODY);
    assertContains(
        refusal(server, with(key), Questions.NOBODY),
        "skipped key " + key + " (encrypted, and its passphrase was not given)");
  }

  @Test
  void a_passphrase_is_not_asked_for_where_the_server_would_refuse_the_key() throws IOException {
    var person = Answering.knowing(SECRET);
    var key = key("ed25519", SECRET);
    assertContains(refusal(server, with(key), person), "tried key " + key);
    assertEquals(List.of(), person.asked());
  }

  @Test
  void a_refused_login_says_what_was_tried_and_what_is_accepted() throws IOException {
    var key = key("ed25519", "");
    var text = Files.writeString(directory.resolve("text"), "this is no key");
    Files.setPosixFilePermissions(text, PosixFilePermissions.fromString("rw-------"));
    assertEquals(
        "127.0.0.1: ssh: the server refused to log in "
            + USER
            + ": tried key "
            + key
            + "; skipped key "
            + text
            + " (no key that can be used); the server accepts publickey; check the user"
            + " and its authorized_keys",
        refusal(server, with(text, key), Questions.NOBODY).getMessage());
  }

  @Test
  void a_key_that_is_missing_is_refused_before_connecting() {
    var missing = directory.resolve("missing");
    var refused =
        assertThrows(
            UsageException.class,
            () -> RemoteShell.start(server.host(), "true", with(missing), Questions.NOBODY));
    assertEquals("-i " + missing + ": no such file", refused.getMessage());
  }

  @Test
  void a_private_key_that_others_can_read_is_not_used() throws IOException {
    var key = authorized(key("ed25519", ""));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    var said = "key %s (its permissions rw-r--r-- are too open: ".formatted(key);
    assertContains(refusal(server, with(key), Questions.NOBODY), ": skipped " + said);
    var person = Answering.knowing(SECRET);
    assertLogin(server, with(key, server.identity()), person);
    assertTrue(
        person.told().stream().anyMatch(line -> line.contains("chmod 600")),
        person.told()::toString);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("r--------"));
    assertLogin(server, with(key), Questions.NOBODY);
  }

  @Test
  void a_key_whose_private_half_is_missing_is_passed_over() throws IOException {
    var key = authorized(key("ed25519", ""));
    Files.delete(key);
    var named = List.of("IdentityFile=" + key, "IdentityFile=" + directory.resolve("missing"));
    var options = server.sshOptions(List.of(), named.toArray(String[]::new));
    assertContains(
        refusal(server, options, Questions.NOBODY),
        "skipped key %s (no such file), key %s (there is only its public half, and no agent has the"
                .formatted(directory.resolve("missing"), key)
            + " private one)");
  }

  @Test
  void a_certificate_beside_its_key_logs_in() throws IOException {
    var authority = key("ecdsa", "");
    var key = certified(key("ed25519", ""), authority);
    try (var trusting = OpenSshServer.start("TrustedUserCAKeys " + authority + ".pub")) {
      assertLogin(trusting, trusting.sshOptions(List.of(key)), Questions.NOBODY);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
  void the_agent_logs_in(String type) throws IOException {
    try (var agent = OpenSshAgent.start()) {
      agent.add(authorized(key(type, "")));
      assertLogin(server, withOnly(server, agent), Questions.NOBODY);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "rsa"})
  void the_agents_certificate_logs_in(String type) throws IOException {
    var authority = key("ecdsa", "");
    try (var trusting = OpenSshServer.start("TrustedUserCAKeys " + authority + ".pub");
        var agent = OpenSshAgent.start()) {
      agent.add(certified(key(type, ""), authority));
      assertLogin(trusting, withOnly(trusting, agent), Questions.NOBODY);
    }
  }

  @Test
  void the_agent_may_hold_the_private_half_of_a_public_key_file() throws IOException {
    var key = authorized(key("ed25519", ""));
    try (var agent = OpenSshAgent.start()) {
      agent.add(key);
      agent.add(key("ecdsa", ""));
      Files.delete(key);
      var socket = "IdentityAgent=" + agent.socket();
      assertLogin(server, with(List.of(Path.of(key + ".pub")), socket), Questions.NOBODY);
      assertLogin(server, with(List.of(), socket, "IdentityFile=" + key), Questions.NOBODY);
    }
  }

  @Test
  void an_agent_that_is_not_there_is_named_where_nothing_else_helps() throws IOException {
    var socket = directory.resolve("socket");
    assertContains(
        refusal(
            server,
            with(List.of(), "IdentityFile=none", "IdentityAgent=" + socket),
            Questions.NOBODY),
        ": skipped agent " + socket);
  }

  private Path key(String type, String passphrase) throws IOException {
    var key = directory.resolve("key_" + type);
    OpenSshServer.keygen(
        "-t", type, "-b", bits(type), "-a", "4", "-N", passphrase, "-f", key.toString());
    return key;
  }

  private static String bits(String type) {
    return type.equals("rsa") ? "2048" : "256";
  }

  private static Path authorized(Path key) throws IOException {
    server.authorize(Path.of(key + ".pub"));
    return key;
  }

  /// Makes an authorized key of which nothing but the encrypted file is there.
  private Path encrypted(String format) throws IOException {
    var key = authorized(key(format.equals("PEM") ? "ecdsa" : "ed25519", SECRET));
    if (format.equals("PEM")) {
      OpenSshServer.keygen("-p", "-m", "PEM", "-P", SECRET, "-N", SECRET, "-f", key.toString());
    }
    Files.delete(Path.of(key + ".pub"));
    return key;
  }

  private static Path certified(Path key, Path authority) throws IOException {
    OpenSshServer.keygen("-s", authority.toString(), "-I", "test", "-n", USER, key + ".pub");
    return key;
  }

  private static SshOptions with(Path... keys) {
    return with(List.of(keys));
  }

  private static SshOptions with(List<Path> keys, String... settings) {
    return server.sshOptions(keys, settings);
  }

  private static SshOptions withOnly(OpenSshServer server, OpenSshAgent agent) {
    return server.sshOptions(
        List.of(), "IdentityAgent=" + agent.socket(), "IdentityFile=none", "IdentitiesOnly=no");
  }
}
