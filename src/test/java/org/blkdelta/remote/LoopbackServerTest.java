package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.blkdelta.failure.ConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
class LoopbackServerTest {

  @TempDir Path directory;

  @Test
  void a_command_runs_with_its_streams_and_its_status() throws IOException {
    var person = Answering.nothing();
    try (var server = LoopbackServer.start(LoopbackServerTest::echo);
        var process = RemoteShell.start(server.host(), "echo 'a b'", server.options(), person)) {
      process.stdin().write("hello".getBytes(StandardCharsets.UTF_8));
      process.stdin().close();
      assertEquals(
          "echo 'a b': hello", new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(7, process.exitStatus());
      assertEquals("done", process.stderrTail());
    }
    assertEquals(List.of("done"), person.told());
  }

  @Test
  void it_is_reached_without_the_ssh_program_too() throws IOException {
    try (var server = LoopbackServer.start(LoopbackServerTest::echo);
        var process =
            RemoteShell.start(server.host(), "echo", server.options(), Questions.NOBODY, "")) {
      process.stdin().close();
      assertEquals("echo: ", new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(7, process.exitStatus());
    }
  }

  @Test
  void a_setting_that_needs_the_ssh_program_is_not_left_out_without_it() throws IOException {
    try (var server = LoopbackServer.start(LoopbackServerTest::echo)) {
      var options = server.options();
      var jumping =
          new SshOptions(
              options.command(),
              options.configFile(),
              options.identities(),
              options.port(),
              List.of("ProxyJump=bastion"),
              false);
      var refused =
          assertThrows(
              ConnectionException.class,
              () -> RemoteShell.start(server.host(), "x", jumping, Questions.NOBODY, ""));
      assertEquals(
          "127.0.0.1: proxyjump needs the ssh program; install openssh-client",
          refused.getMessage());
    }
  }

  @Test
  void megabytes_come_back_as_they_were_sent() throws Exception {
    try (var server = LoopbackServer.start((line, in, out, err) -> (int) in.transferTo(out) & 0);
        var process = RemoteShell.start(server.host(), "x", server.options(), Questions.NOBODY)) {
      byte[] sent = new byte[5_000_000];
      new Random(1).nextBytes(sent);
      var writer = new Thread(() -> send(process, sent));
      writer.start();
      assertArrayEquals(sent, process.stdout().readAllBytes());
      writer.join();
      assertEquals(0, process.exitStatus());
    }
  }

  @Test
  void a_fault_of_the_command_is_told_on_standard_error() throws IOException {
    try (var server =
            LoopbackServer.start(
                (line, in, out, err) -> {
                  throw new IOException("the disk is gone");
                });
        var process = RemoteShell.start(server.host(), "x", server.options(), Questions.NOBODY)) {
      assertEquals(-1, process.stdout().read());
      assertEquals(1, process.exitStatus());
      assertEquals("the disk is gone", process.stderrTail());
    }
  }

  @Test
  void a_command_that_ends_early_fails_the_writer() throws IOException {
    try (var server = LoopbackServer.start((line, in, out, err) -> in.read());
        var process = RemoteShell.start(server.host(), "x", server.options(), Questions.NOBODY)) {
      var ended = assertThrows(IOException.class, () -> fill(process));
      assertEquals("127.0.0.1: ssh: the remote command ended early", ended.getMessage());
      assertEquals(0, process.exitStatus());
    }
  }

  @Test
  void a_server_that_ends_is_not_the_end_of_the_output() throws IOException {
    var server = LoopbackServer.start(LoopbackServerTest::echo);
    try (server;
        var process = RemoteShell.start(server.host(), "x", server.options(), Questions.NOBODY)) {
      server.close();
      assertThrows(IOException.class, () -> process.stdout().readAllBytes());
      assertEquals(ExitStatus.LOST, process.exitStatus());
    }
  }

  @Test
  void only_its_own_key_logs_in() throws IOException {
    try (var server = LoopbackServer.start(LoopbackServerTest::echo);
        var other = LoopbackServer.start(LoopbackServerTest::echo)) {
      var options = server.options();
      var stranger =
          new SshOptions(
              options.command(),
              options.configFile(),
              List.of(other.identity()),
              options.port(),
              options.settings(),
              false);
      var refused =
          assertThrows(
              ConnectionException.class,
              () -> RemoteShell.start(server.host(), "x", stranger, Questions.NOBODY));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("tried key " + other.identity()),
          refused.getMessage());
    }
  }

  @Test
  void it_is_verified_like_any_host() throws IOException {
    try (var server = LoopbackServer.start(LoopbackServerTest::echo);
        var other = LoopbackServer.start(LoopbackServerTest::echo)) {
      var refused =
          assertThrows(
              ConnectionException.class,
              () -> RemoteShell.start(server.host(), "x", other.options(), Answering.yes()));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("the host key is not known"),
          refused.getMessage());
    }
  }

  @Test
  void its_files_are_private_and_end_with_it() throws IOException {
    var server = LoopbackServer.start(LoopbackServerTest::echo);
    var scratch = server.identity().resolve("..").normalize();
    try (server) {
      assertEquals("rw-------", permissions(server.identity()));
      assertEquals("rwx------", permissions(scratch));
    }
    assertFalse(Files.exists(scratch));
  }

  private static int echo(String line, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    out.write((line + ": ").getBytes(StandardCharsets.UTF_8));
    in.transferTo(out);
    err.write("done\n".getBytes(StandardCharsets.UTF_8));
    return 7;
  }

  private static void send(RemoteProcess process, byte[] bytes) {
    try (var stdin = process.stdin()) {
      stdin.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void fill(RemoteProcess process) throws IOException {
    for (int i = 0; i < 1000; i++) {
      process.stdin().write(new byte[100_000]);
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
