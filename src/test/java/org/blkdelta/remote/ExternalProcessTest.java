package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// An external client that is a shell script.
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
class ExternalProcessTest {

  @TempDir Path directory;

  @Test
  void the_options_are_passed_as_ssh_reads_them() throws IOException {
    var client = client("printf '%s\\n' \"$@\"");
    var key = Files.createFile(directory.resolve("a key"));
    var options =
        new SshOptions(
            Optional.of(client + " -v 'two words'"),
            Optional.of(Path.of("/etc/config")),
            List.of(key),
            OptionalInt.of(22),
            List.of("A=b"),
            false);
    var host = new Host(Optional.of("root"), "::1", OptionalInt.of(2222));
    try (var process = RemoteShell.start(host, "cat '$x'", options, Questions.NOBODY)) {
      assertEquals(
          List.of(
              "-v",
              "two words",
              "-F",
              "/etc/config",
              "-i",
              key.toString(),
              "-p",
              "2222",
              "-o",
              "A=b",
              "-l",
              "root",
              "::1",
              "cat '$x'"),
          text(process).lines().toList());
      assertEquals(0, process.exitStatus());
    }
  }

  @Test
  void streams_and_the_exit_status_are_passed_on() throws IOException {
    var person = Answering.nothing();
    try (var process = start("wc -c; echo complaint >&2; exit 3", person)) {
      process.stdin().write(new byte[3_000_000]);
      process.stdin().close();
      assertEquals("3000000\n", text(process));
      assertEquals(3, process.exitStatus());
      assertEquals("complaint", process.stderrTail());
    }
    assertEquals(List.of("complaint"), person.told());
  }

  @Test
  void a_client_that_gives_up_was_no_command() throws IOException {
    try (var process = start("echo 'no route' >&2; exit 255", Answering.nothing())) {
      var message = "root@web: the SSH client gave up: no route";
      var read = assertThrows(ConnectionException.class, () -> process.stdout().read());
      assertEquals(message, read.getMessage());
      var status = assertThrows(ConnectionException.class, process::exitStatus);
      assertEquals(message, status.getMessage());
      var written = assertThrows(ConnectionException.class, () -> fill(process));
      assertEquals(message, written.getMessage());
    }
  }

  @Test
  void a_client_that_gives_up_after_an_answer_lost_the_command() throws IOException {
    try (var process = start("echo answer; exit 255", Answering.nothing())) {
      assertEquals("answer\n", text(process));
      assertEquals(255, process.exitStatus());
    }
  }

  @Test
  void a_client_that_ends_early_fails_the_writer_with_its_own_words() throws IOException {
    try (var process = start("echo bye >&2; exit 1", Answering.nothing())) {
      var written = assertThrows(IOException.class, () -> fill(process));
      var message = String.valueOf(written.getMessage());
      assertTrue(message.startsWith("root@web: the SSH client: "), message);
      assertTrue(message.endsWith(": bye"), message);
    }
  }

  @Test
  void closing_ends_the_client() throws IOException {
    var process = start("exec sleep 600", Answering.nothing());
    process.close();
    assertEquals(128 + 15, process.exitStatus());
  }

  @Test
  void a_client_that_cannot_be_started_is_named() {
    var missing = directory.resolve("missing").toString();
    var refused = assertThrows(ConnectionException.class, () -> run(missing));
    assertTrue(
        String.valueOf(refused.getMessage())
            .equals(
                "root@web: the SSH client \"%s\" cannot be started: no such program is installed, or in PATH"
                    .formatted(missing)),
        refused.getMessage());
    assertThrows(UsageException.class, () -> run(" "));
  }

  private RemoteProcess start(String script, Questions questions) throws IOException {
    return run(client(script), questions);
  }

  private static RemoteProcess run(String command) throws IOException {
    return run(command, Questions.NOBODY);
  }

  private static RemoteProcess run(String command, Questions questions) throws IOException {
    var options = ExternalClients.options(command);
    var host = new Host(Optional.of("root"), "web", OptionalInt.empty());
    return RemoteShell.start(host, "true", options, questions);
  }

  private String client(String script) throws IOException {
    var file = Files.writeString(directory.resolve("client"), "#!/bin/sh\n" + script + "\n");
    assertTrue(file.toFile().setExecutable(true));
    return ShellWords.quote(file.toString());
  }

  private static void fill(RemoteProcess process) throws IOException {
    for (int i = 0; i < 1000; i++) {
      process.stdin().write(new byte[100_000]);
    }
  }

  private static String text(RemoteProcess process) throws IOException {
    return new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8);
  }
}
