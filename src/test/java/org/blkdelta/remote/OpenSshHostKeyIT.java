package org.blkdelta.remote;

import static org.blkdelta.remote.Runs.assertContains;
import static org.blkdelta.remote.Runs.assertLogin;
import static org.blkdelta.remote.Runs.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Whether the built-in client believes that the OpenSSH server is the one that was meant.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OpenSshHostKeyIT {

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

  @Test
  void an_unknown_host_is_refused_where_there_is_no_terminal() {
    var file = directory.resolve("none");
    var refused = refusal(server, believing(file), Answering.nothing());
    assertContains(refused, "127.0.0.1: ssh: the host key is not known: ssh-ed25519 SHA256:");
    assertContains(refused, " is not in " + file + "; check the fingerprint, ");
    assertFalse(Files.exists(file));
  }

  @Test
  void an_unknown_host_is_not_even_asked_about_where_that_is_configured() {
    var person = Answering.yes();
    var file = directory.resolve("none");
    assertContains(
        refusal(server, believing(file, "StrictHostKeyChecking=yes"), person), "is not known");
    assertEquals(List.of(), person.asked());
  }

  @Test
  void a_host_that_the_person_agrees_to_is_remembered_so_that_ssh_finds_it() throws IOException {
    var file = directory.resolve("ssh/known_hosts");
    var person = Answering.yes();
    assertLogin(server, believing(file, "HashKnownHosts=yes"), person);
    assertContains(
        new Exception(person.asked().getFirst()),
        "The authenticity of [127.0.0.1]:" + server.port() + " (127.0.0.1) is not established.");
    assertLogin(server, believing(file), Questions.NOBODY);
    var found =
        OpenSshServer.run(
            List.of("ssh-keygen", "-F", "[127.0.0.1]:" + server.port(), "-f", file.toString()));
    assertTrue(found.contains("found: line 1"), found);
  }

  @Test
  void a_new_host_is_remembered_unasked_where_that_is_configured() throws IOException {
    var file = directory.resolve("known_hosts");
    assertLogin(server, believing(file, "StrictHostKeyChecking=accept-new"), Questions.NOBODY);
    assertEquals(
        HostKey.parse("ssh-ed25519", Files.readString(file).strip().split(" ", -1)[2]),
        HostKey.parse("ssh-ed25519", Files.readString(server.knownHosts()).split(" ", -1)[2]));
  }

  @Test
  void a_changed_host_key_is_refused_whatever_is_configured() throws IOException {
    var file = knownHosts(name(server), key("ed25519"));
    var refused = refusal(server, believing(file, "StrictHostKeyChecking=no"), Answering.yes());
    assertContains(
        refused, "127.0.0.1: ssh: the host key has changed: it shows ssh-ed25519 SHA256:");
    assertContains(refused, file + ":1 has ssh-ed25519 SHA256:");
  }

  @Test
  void a_host_that_is_known_by_another_type_of_key_has_changed() throws IOException {
    var file = knownHosts(name(server), key("ecdsa"));
    var refused = refusal(server, believing(file), Answering.yes());
    assertContains(refused, file + ":1 has ecdsa-sha2-nistp256 SHA256:");
  }

  @Test
  void a_host_with_several_keys_is_asked_for_the_one_that_is_known() throws IOException {
    for (var type : new String[] {"ecdsa", "rsa"}) {
      var key = key(type);
      try (var several = OpenSshServer.start("HostKey " + key)) {
        var file = knownHosts(name(several), key);
        assertLogin(several, believing(several, file), Questions.NOBODY);
      }
    }
  }

  @Test
  void a_host_at_another_port_is_known_by_its_name_alone() throws IOException {
    var file = knownHosts("127.0.0.1", server.hostKey());
    assertLogin(server, believing(file), Questions.NOBODY);
  }

  @Test
  void a_host_may_be_known_by_an_alias() throws IOException {
    var file = knownHosts("web-key", server.hostKey());
    assertLogin(server, believing(file, "HostKeyAlias=web-key"), Questions.NOBODY);
    assertContains(
        refusal(server, believing(file, "HostKeyAlias=db-key"), Questions.NOBODY), "is not known");
  }

  @Test
  void a_revoked_host_key_is_refused_though_it_is_known() throws IOException {
    var file = knownHosts("@revoked *", server.hostKey());
    Files.writeString(file, Files.readString(server.knownHosts()), StandardOpenOption.APPEND);
    assertContains(
        refusal(server, believing(file), Answering.yes()),
        " is revoked at " + file + ":1; do not connect to this host");
  }

  @Test
  void a_hashed_known_hosts_file_is_read() throws IOException {
    var file = Files.copy(server.knownHosts(), directory.resolve("hashed"));
    OpenSshServer.keygen("-H", "-f", file.toString());
    assertTrue(Files.readString(file).startsWith("|1|"));
    assertLogin(server, believing(file), Questions.NOBODY);
  }

  @Test
  void a_certificate_is_believed_where_its_authority_is() throws IOException {
    var authority = key("ecdsa");
    try (var certified = certified(authority, "-n", "127.0.0.1")) {
      var trusting = believing(certified, knownHosts("@cert-authority *", authority));
      assertLogin(certified, trusting, Questions.NOBODY);
      var stranger = believing(certified, knownHosts("@cert-authority *", key("ed25519")));
      assertContains(refusal(certified, stranger, Questions.NOBODY), "is not known");
    }
  }

  @Test
  void a_certificate_names_the_hosts_alias() throws IOException {
    var authority = key("ecdsa");
    try (var certified = certified(authority, "-n", "web-key")) {
      var file = knownHosts("@cert-authority web-key", authority);
      assertLogin(certified, believing(certified, file, "HostKeyAlias=web-key"), Questions.NOBODY);
    }
  }

  @Test
  void a_certificate_for_another_host_or_time_is_refused() throws IOException {
    var authority = key("ecdsa");
    var file = knownHosts("@cert-authority *", authority);
    try (var other = certified(authority, "-n", "other.example")) {
      var refused = refusal(other, believing(other, file), Answering.yes());
      assertContains(refused, "127.0.0.1: ssh: the host's certificate or signature is not valid: ");
      assertContains(refused, "invalid principal 127.0.0.1");
    }
    try (var expired = certified(authority, "-n", "127.0.0.1", "-V", "20200101:20200102")) {
      assertContains(refusal(expired, believing(expired, file), Answering.yes()), "CA expired");
    }
  }

  @Test
  void a_certificate_of_a_revoked_authority_is_refused() throws IOException {
    var authority = key("ecdsa");
    try (var certified = certified(authority, "-n", "127.0.0.1")) {
      var file = knownHosts("@cert-authority *", authority);
      Files.writeString(
          file,
          "@revoked * " + Files.readString(Path.of(authority + ".pub")),
          StandardOpenOption.APPEND);
      assertContains(
          refusal(certified, believing(certified, file), Answering.yes()),
          " is revoked at " + file + ":2");
    }
  }

  @Test
  void a_name_with_several_addresses_is_tried_at_each() throws IOException {
    var file = knownHosts("localhost", server.hostKey());
    var host = new Host(Optional.empty(), "localhost", OptionalInt.of(server.port()));
    assertEquals("hello\n", Runs.output(host, "echo hello", believing(file), Questions.NOBODY));
  }

  private Path key(String type) throws IOException {
    var key = directory.resolve("key_" + type);
    var bits = type.equals("rsa") ? "2048" : "256";
    OpenSshServer.keygen("-t", type, "-b", bits, "-N", "", "-f", key.toString());
    return key;
  }

  private static String name(OpenSshServer server) {
    return "[127.0.0.1]:" + server.port();
  }

  private Path knownHosts(String hosts, Path key) throws IOException {
    return Files.writeString(
        directory.resolve("known_hosts"), hosts + " " + Files.readString(Path.of(key + ".pub")));
  }

  private static OpenSshServer certified(Path authority, String... arguments) throws IOException {
    var plain = OpenSshServer.start();
    var command = new ArrayList<>(List.of("-s", authority.toString(), "-I", "test", "-h"));
    command.addAll(List.of(arguments));
    command.add(plain.hostKey() + ".pub");
    OpenSshServer.keygen(command.toArray(String[]::new));
    return plain.restart("HostCertificate " + plain.hostKey() + "-cert.pub");
  }

  private static SshOptions believing(Path file, String... settings) {
    return believing(server, file, settings);
  }

  private static SshOptions believing(OpenSshServer server, Path file, String... settings) {
    var all = new ArrayList<>(List.of(settings));
    all.add("UserKnownHostsFile=" + file);
    return server.sshOptions(all.toArray(String[]::new));
  }
}
