package org.blkdelta.remote;

import static org.blkdelta.remote.Runs.assertContains;
import static org.blkdelta.remote.Runs.output;
import static org.blkdelta.remote.Runs.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.blkdelta.failure.ConnectionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Commands that run on the OpenSSH server, by way of either client.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OpenSshIT {

  private static final String[] SHORT_PATIENCE = {"ServerAliveInterval=1", "ServerAliveCountMax=2"};

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
  void match_and_include_of_the_configuration_are_read() throws IOException {
    var included = directory.resolve("included");
    Files.write(
        included,
        List.of(
            "Match originalhost web",
            "  HostName 127.0.0.1",
            "  Port " + server.port(),
            "  IdentityFile " + server.identity(),
            "  IdentitiesOnly yes",
            "  UserKnownHostsFile " + server.knownHosts()));
    var options = configured("Include " + included);
    assertEquals("hello\n", output(host("web"), "echo hello", options, Questions.NOBODY));
  }

  @Test
  void a_configuration_that_ssh_does_not_read_is_refused_in_its_words() throws IOException {
    var options = configured("Host web", "  NoSuchSetting x");
    var refused =
        assertThrows(
            ConnectionException.class,
            () -> RemoteShell.start(host("web"), "true", options, Questions.NOBODY));
    assertContains(refused, "web: ssh -G: ");
    assertContains(refused, "line 2: Bad configuration option: nosuchsetting");
  }

  @Test
  void a_proxy_command_is_left_to_the_ssh_program() throws IOException {
    var person = Answering.nothing();
    var options =
        configured(
            "Host web",
            "  ProxyCommand /usr/sbin/sshd -i -f " + server.scratch().resolve("sshd_config"),
            "  HostKeyAlias [127.0.0.1]:" + server.port(),
            "  IdentityFile " + server.identity(),
            "  IdentitiesOnly yes",
            "  UserKnownHostsFile " + server.knownHosts());
    assertEquals("hello\n", output(host("web"), "echo hello", options, person));
    assertEquals(
        "the ssh program runs, since proxycommand is configured", person.told().getFirst());
  }

  @Test
  void ciphers_of_the_configuration_are_used() throws IOException {
    var person = Answering.nothing();
    var options =
        configured(
            "Host web",
            "  HostName 127.0.0.1",
            "  Port " + server.port(),
            "  Ciphers aes256-ctr,aes128-gcm@openssh.com",
            "  IdentityFile " + server.identity(),
            "  UserKnownHostsFile " + server.knownHosts());
    assertEquals("hello\n", output(host("web"), "echo hello", options, person));
    assertTrue(person.told().getFirst().contains(", cipher aes256-ctr,"), person.told().toString());
  }

  @Test
  void an_external_client_runs_where_it_is_asked_for() throws IOException {
    var person = Answering.nothing();
    var options = withCommand("ssh -v", server.sshOptions());
    try (var process = RemoteShell.start(server.host(), "cat; exit 3", options, person)) {
      process.stdin().write("hello\n".getBytes(StandardCharsets.UTF_8));
      process.stdin().close();
      assertEquals("hello\n", text(process));
      assertEquals(3, process.exitStatus());
    }
    assertTrue(person.told().getFirst().startsWith("OpenSSH_"), person.told().toString());
  }

  @Test
  void an_external_client_that_gives_up_is_no_answer_of_the_command() throws IOException {
    var options =
        withCommand(
            "ssh", server.sshOptions("UserKnownHostsFile=none", "StrictHostKeyChecking=yes"));
    try (var process = RemoteShell.start(server.host(), "true", options, Questions.NOBODY)) {
      var refused = assertThrows(ConnectionException.class, () -> process.stdout().read());
      assertContains(refused, "127.0.0.1: the SSH client gave up: ");
      assertContains(refused, "Host key verification failed.");
    }
  }

  @Test
  void a_command_that_is_missing_ends_with_127_and_says_so() throws IOException {
    try (var process = start("blkdelta-missing receive")) {
      assertEquals("", text(process));
      assertEquals(127, process.exitStatus());
      assertTrue(process.stderrTail().contains("blkdelta-missing"), process.stderrTail());
    }
  }

  @Test
  void the_remote_path_can_be_set_for_a_test() throws IOException {
    var script = server.bin().resolve("blkdelta-here");
    Files.writeString(script, "#!/bin/sh\necho \"here: $2\"\n");
    assertTrue(script.toFile().setExecutable(true));
    var command = ShellWords.join(List.of("blkdelta-here", "receive", "a  b'"));
    assertEquals(
        "here: a  b'\n", output(server.host(), command, server.sshOptions(), Questions.NOBODY));
  }

  @Test
  void variables_of_the_configuration_are_set() throws IOException {
    try (var accepting = OpenSshServer.start("AcceptEnv GREETING")) {
      var options = accepting.sshOptions("SetEnv=GREETING=\"good day\"");
      assertEquals(
          "good day\n", output(accepting.host(), "echo $GREETING", options, Questions.NOBODY));
    }
  }

  @Test
  void standard_error_is_told_and_its_end_is_kept() throws IOException {
    var person = Answering.nothing();
    var command = "printf 'one\\n\\033two\\nthree' >&2; exit 4";
    try (var process = RemoteShell.start(server.host(), command, server.sshOptions(), person)) {
      assertEquals("", text(process));
      assertEquals(4, process.exitStatus());
      assertEquals("one\n?two\nthree", process.stderrTail());
    }
    assertEquals(List.of("one", "?two", "three"), person.told());
  }

  @Test
  void a_command_that_is_killed_ends_with_128_and_the_signal() throws IOException {
    try (var process = start("echo before; kill -KILL $$")) {
      assertEquals("before\n", text(process));
      assertEquals(128 + 9, process.exitStatus());
    }
  }

  @Test
  void a_command_that_leaves_a_child_behind_has_a_status() throws IOException {
    try (var process = start("sleep 20 & exit 5")) {
      assertEquals(5, process.exitStatus());
    }
  }

  @Test
  void a_server_that_dies_is_not_the_end_of_the_output() throws IOException {
    try (var mortal = OpenSshServer.start();
        var process = start(mortal, "echo before; sleep 60")) {
      assertEquals('b', process.stdout().read());
      mortal.sessions().forEach(ProcessHandle::destroyForcibly);
      var lost = assertThrows(IOException.class, () -> process.stdout().readAllBytes());
      assertContains(lost, "127.0.0.1: ssh: the connection was lost");
      assertEquals(ExitStatus.LOST, process.exitStatus());
    }
  }

  @Test
  void a_peer_that_says_nothing_fails_reads_and_writes_in_time() throws IOException {
    try (var mute = OpenSshServer.start();
        var process = start(mute, "echo ready; exec cat", SHORT_PATIENCE)) {
      assertEquals('r', process.stdout().read());
      for (var session : mute.sessions()) {
        OpenSshServer.run(List.of("kill", "-STOP", String.valueOf(session.pid())));
      }
      long start = System.nanoTime();
      var written = assertThrows(IOException.class, () -> fill(process));
      var read = assertThrows(IOException.class, () -> process.stdout().readAllBytes());
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      assertEquals(
          "127.0.0.1: ssh: the connection was lost: no sign of life for 2 s", written.getMessage());
      assertEquals(written.getMessage(), read.getMessage());
      assertTrue(seconds >= 1 && seconds <= 8, seconds + " s");
      assertEquals(ExitStatus.LOST, process.exitStatus());
    }
  }

  @Test
  void a_peer_that_is_busy_but_alive_is_waited_for() throws IOException {
    int size = 8 * 1024 * 1024;
    try (var process = start(server, "sleep 4; wc -c", SHORT_PATIENCE)) {
      process.stdin().write(new byte[size]);
      process.stdin().close();
      assertEquals(size + "\n", text(process));
    }
  }

  @Test
  void bytes_come_back_as_they_were_sent() throws Exception {
    var sent = MessageDigest.getInstance("SHA-256");
    var received = MessageDigest.getInstance("SHA-256");
    try (var process = start("exec cat")) {
      var writer = new Thread(() -> send(process, sent));
      writer.start();
      try (var in = new DigestInputStream(process.stdout(), received)) {
        assertEquals(64L << 20, in.transferTo(OutputStream.nullOutputStream()));
      }
      writer.join();
      assertEquals(0, process.exitStatus());
    }
    assertArrayEquals(sent.digest(), received.digest());
  }

  @Test
  void bytes_are_taken_as_they_come() throws IOException {
    try (var process = start("exec cat >/dev/null")) {
      for (int i = 0; i < 64; i++) {
        process.stdin().write(new byte[1 << 20]);
      }
      process.stdin().close();
      assertEquals(0, process.exitStatus());
    }
  }

  @Test
  void a_name_that_does_not_resolve_is_named() {
    var refused = refusal(host("host.invalid"));
    assertContains(refused, "host.invalid: the name host.invalid does not resolve");
  }

  @Test
  void a_port_that_is_closed_is_named() throws IOException {
    int closed;
    try (var socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    assertContains(
        refusal(host(closed)), "127.0.0.1: port " + closed + ": the connection is refused");
  }

  @Test
  void a_server_that_speaks_something_else_is_named() throws Exception {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var server = new Thread(() -> speak(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"));
      server.start();
      assertContains(
          refusal(host(socket.getLocalPort())),
          "127.0.0.1: ssh: no secure connection to port " + socket.getLocalPort());
      server.join();
    }
  }

  @Test
  void a_server_that_says_nothing_is_named() throws IOException {
    try (var mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertContains(
          refusal(host(mute.getLocalPort()), "ConnectTimeout=1"),
          "127.0.0.1: ssh: port "
              + mute.getLocalPort()
              + " accepts connections, but says nothing within 1 s");
    }
  }

  @Test
  void an_address_that_does_not_answer_is_given_up() throws IOException {
    try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var ignored = new Socket(full.getInetAddress(), full.getLocalPort());
        var alsoIgnored = new Socket(full.getInetAddress(), full.getLocalPort())) {
      assertTrue(ignored.isConnected() && alsoIgnored.isConnected());
      assertContains(
          refusal(host(full.getLocalPort()), "ConnectTimeout=1"),
          ": no answer within 1 s; is the host up");
    }
  }

  private static RemoteProcess start(String command) throws IOException {
    return start(server, command);
  }

  private static RemoteProcess start(OpenSshServer at, String command, String... settings)
      throws IOException {
    return RemoteShell.start(at.host(), command, at.sshOptions(settings), Questions.NOBODY);
  }

  private static ConnectionException refusal(Host host, String... settings) {
    return assertThrows(
        ConnectionException.class,
        () -> RemoteShell.start(host, "true", server.sshOptions(settings), Questions.NOBODY));
  }

  private static void speak(ServerSocket socket, String text) {
    try (var connection = socket.accept()) {
      connection.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void fill(RemoteProcess process) throws IOException {
    var block = new byte[64 * 1024];
    for (int i = 0; i < 10_000; i++) {
      process.stdin().write(block);
    }
  }

  private static void send(RemoteProcess process, MessageDigest digest) {
    var random = new Random(1);
    var block = new byte[1 << 20];
    try (var out = new DigestOutputStream(process.stdin(), digest)) {
      for (int i = 0; i < 64; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SshOptions configured(String... lines) throws IOException {
    var file = Files.write(directory.resolve("config"), List.of(lines));
    return new SshOptions(
        Optional.empty(), Optional.of(file), List.of(), OptionalInt.empty(), List.of(), true);
  }

  private static SshOptions withCommand(String command, SshOptions options) {
    return new SshOptions(
        Optional.of(command),
        options.configFile(),
        options.identities(),
        options.port(),
        options.settings(),
        options.verbose());
  }

  private static Host host(String name) {
    return new Host(Optional.empty(), name, OptionalInt.empty());
  }

  private static Host host(int port) {
    return new Host(Optional.empty(), "127.0.0.1", OptionalInt.of(port));
  }
}
