package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Signals to the program as it is installed: those that ask, and those that end it.
class SignalsIT {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"USR1", "QUIT"})
  void who_asks_is_told_on_standard_error_and_the_stream_stays_what_it_is(String signal)
      throws IOException {
    var bytes = new byte[16 << 20];
    new Random(7).nextBytes(bytes);
    Files.write(folder.resolve("disk-flat.vmdk"), bytes);
    Files.writeString(folder.resolve("disk.vmdk"), descriptor(bytes.length / 512));
    byte[] stream;
    try (var dump = Launched.start(folder, "dump", "-q", folder.resolve("disk.vmdk"))) {
      int first = dump.stdout().read(); // the rest does not fit into the pipe
      for (int asked = 0; asked < 2; asked++) {
        dump.signal(signal);
        int lines = asked + 1;
        await(() -> told(dump).size() == lines);
      }
      var rest = dump.stdout().readAllBytes();
      stream = new byte[rest.length + 1];
      stream[0] = (byte) first;
      System.arraycopy(rest, 0, stream, 1, rest.length);
      assertEquals(0, dump.status(), said(dump));
      assertEquals(List.of(), otherLines(dump));
    }
    var copy = Files.write(folder.resolve("copy"), new byte[bytes.length]);
    new Cli().reading(stream).with("apply", "-q", "-", copy).ok();
    assertArrayEquals(bytes, Files.readAllBytes(copy));
  }

  @Test
  void a_question_is_not_deadly_whenever_it_comes() throws IOException {
    for (int wait = 0; wait < 400; wait += 40) {
      var script =
          """
          $BLKDELTA inspect nothing >/dev/null 2>&1 &
          until ! kill -0 $! 2>/dev/null ||
            sed -n 's/^Sig\\(Ign\\|Cgt\\):.*\\(.\\)..$/\\2/p' /proc/$!/status 2>/dev/null |
            grep -q '[2367abef]'; do :; done
          sleep 0.%03d
          kill -USR1 $! 2>/dev/null
          wait $!
          """
              .formatted(wait);
      try (var run = Launched.shell(folder, script)) {
        assertEquals(4, run.status(), said(run));
      }
    }
  }

  @Test
  void a_signal_at_the_very_start_ends_it_without_an_exception() throws IOException {
    for (int wait = 0; wait < 300; wait += 15) {
      var script =
          """
          $BLKDELTA inspect nothing >/dev/null &
          until ! kill -0 $! 2>/dev/null ||
            sed -n 's/^Sig\\(Ign\\|Cgt\\):.*\\(.\\)..$/\\2/p' /proc/$!/status 2>/dev/null |
            grep -q '[2367abef]'; do :; done
          sleep 0.%03d
          kill -TERM $! 2>/dev/null
          wait $!
          """
              .formatted(wait);
      try (var run = Launched.shell(folder, script)) {
        int status = run.status();
        if (said(run).contains("Error occurred during initialization of VM")) {
          continue; // for some milliseconds of its own start, Java 25 itself takes it so
        }
        assertTrue(status == 143 || status == 4, status + said(run)); // it may be faster
        assertFalse(said(run).contains("Exception"), said(run));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void a_client_that_connects_for_ever_ends_too(String signal, int status) throws IOException {
    var source = Files.write(folder.resolve("source"), new byte[4096]);
    var noted = folder.resolve("pid");
    var client = folder.resolve("client");
    Files.createFile(
        client, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(client, "#!/bin/sh\necho $$ >'%s'\nsleep 1000\n".formatted(noted));
    try (var run = Launched.start(folder, "copy", "-e", client, source, "nowhere:/dev/null")) {
      await(() -> Files.exists(noted) && !text(noted).isEmpty());
      run.signal("QUIT"); // as a terminal sends it to all
      run.signal(signal);
      assertEquals(status, run.status(), said(run));
      assertTrue(said(run).contains("stopped by a signal before anything was written"), said(run));
    }
    var left = ProcessHandle.of(Long.parseLong(text(noted).strip()));
    await(() -> left.isEmpty() || !left.get().isAlive());
  }

  private static List<String> told(Launched run) {
    return said(run).lines().filter(line -> line.contains("writing: ")).toList();
  }

  /// Returns what is neither the answer to a question nor what a disk without a parent is told by.
  private static List<String> otherLines(Launched run) {
    var answer = "blkdelta: writing: [0-9.]+ .?i?B of 16 MiB \\([0-9]+%\\), .*/s.*";
    var warning = "blkdelta: warning: .*: starts at a base disk .*";
    return said(run)
        .lines()
        .filter(line -> !line.matches(answer) && !line.matches(warning))
        .toList();
  }

  private static String said(Launched run) {
    try {
      return run.stderr();
    } catch (IOException fault) {
      throw new AssertionError(fault);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException fault) {
      throw new AssertionError(fault);
    }
  }

  private static void await(BooleanSupplier condition) {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < limit, "not within a minute");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static String descriptor(int sectors) {
    return """
        # Disk DescriptorFile
        version=1
        CID=0f000001
        parentCID=ffffffff
        createType="monolithicFlat"
        RW %d FLAT "disk-flat.vmdk" 0
        """
        .formatted(sectors);
  }
}
