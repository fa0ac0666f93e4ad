package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.blkdelta.disk.Programs;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.host.Commands;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Freezing by a real shell. Ten seconds pass when a `sleep` that is not real says so.
class FreezingTest {

  private static final String JOB = "test-of-freezing-" + ProcessHandle.current().pid();

  @TempDir Path folder;

  @BeforeEach
  void programs() throws IOException {
    Programs.require(Files.isWritable(Path.of("/run")) ? List.of() : List.of("root, for /run"));
    program("freeze", "echo \"$1\" >frozen");
    program("thaw", "rm -f frozen; echo thaw >>thawed");
    program(
        "sleep",
        "[ \"$1\" = 10 ] || exec /bin/sleep \"$1\"\n"
            + "echo $$ >sleeping; read -r line <wake; echo woken >>woken");
    new ProcessBuilder("mkfifo", folder.resolve("wake").toString()).start().onExit().join();
  }

  private void program(String name, String text) throws IOException {
    var file =
        Files.writeString(
            folder.resolve(name), "#!/bin/sh\ncd \"${0%/*}\" || exit 9\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Commands.Outcome run(List<String> command) throws IOException {
    var builder = new ProcessBuilder(command);
    builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    var process = builder.start();
    process.getOutputStream().close();
    var said = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Commands.Outcome(process.onExit().join().exitValue(), "", said.strip());
  }

  private void await(String file) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (Files.notExists(folder.resolve(file))) {
      assertTrue(System.nanoTime() < end, file);
      Thread.onSpinWait();
    }
  }

  private void wake() throws IOException {
    await("sleeping");
    Files.writeString(folder.resolve("wake"), "now\n");
  }

  @Test
  void whoever_asked_for_it_may_be_gone() throws IOException {
    var freezing = new Freezing(JOB, List.of("freeze", "it's"), List.of("thaw"));
    freezing.begin(this::run);
    assertEquals("it's", Files.readString(folder.resolve("frozen")).strip());
    wake();
    await("thawed");
    assertTrue(Files.notExists(folder.resolve("frozen")));
    assertEquals("", freezing.end(this::run), "again");
  }

  @Test
  void what_was_let_go_is_not_let_go_again_later() throws IOException {
    var freezing = new Freezing(JOB, List.of("freeze"), List.of("thaw"));
    freezing.begin(this::run);
    assertEquals("", freezing.end(this::run));
    wake();
    await("woken");
    assertEquals(List.of("thaw"), Files.readAllLines(folder.resolve("thawed")));
  }

  @Test
  void one_that_fails_is_let_go_at_once() throws IOException {
    program("freeze", "echo no agent >&2; exit 3");
    var freezing = new Freezing(JOB, List.of("freeze"), List.of("thaw"));
    Messages.assertSays(
        assertThrows(RefusedException.class, () -> freezing.begin(this::run)),
        "freeze exited with 3: no agent; the snapshots are not taken");
    assertTrue(Files.exists(folder.resolve("thawed")));
    wake();
    await("woken");
  }
}
