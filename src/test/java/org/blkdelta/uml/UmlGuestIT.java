package org.blkdelta.uml;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/// The harness itself. A boot takes seconds, so each test looks at several things.
class UmlGuestIT {

  @TempDir private Path temp;

  @Test
  void a_guest_has_lvm_java_and_ssh_and_cannot_change_the_host() throws IOException {
    var precious = Files.writeString(temp.resolve("precious"), "as it was");
    try (var guest =
        UmlGuest.builder()
            .disks("16M", "1088K")
            .memory("768M")
            .environment("PRECIOUS", precious.toString())
            .environment("QUOTES", "it's \"so\"")
            .build()) {
      Files.writeString(guest.results().resolve("from-host"), "hello guest");
      var run =
          guest
              .run(
                  """
                  printf 'line\\n\\377'; printf 'complaint\\n' >&2
                  test "$(cat $RESULTS/from-host)" = 'hello guest'
                  test "$QUOTES" = "it's \\"so\\""
                  test $(blockdev --getsize64 /dev/ubdb) = 1114112

                  lvm_up
                  lvcreate -qq -y -Wn -L 4M -n web vg
                  scribble /dev/vg/web old 4096 0 8192
                  lvcreate -qq -y -s -L 1M -c 4k -n before vg/web
                  scribble /dev/vg/web new 4096 409600 8192
                  test "$(dmsetup status vg-before)" = '0 8192 snapshot 32/2048 16'
                  image /dev/mapper/vg-before-cow $RESULTS/store
                  modprobe dm-delay

                  "$JAVA_HOME/bin/java" -Xmx64m -XX:+UseSerialGC -version
                  sshd_up
                  test "$(ssh localhost 'echo $JAVA_HOME')" = "$JAVA_HOME"

                  test "$(cat "$PRECIOUS")" = 'as it was'
                  echo changed >"$PRECIOUS"
                  test "$(cat "$PRECIOUS")" = changed
                  """)
              .ok();
      assertAll(
          () -> assertEquals("line\n�", run.stdout()),
          () -> assertTrue(run.stderr().startsWith("complaint\nopenjdk version"), run.toString()),
          () -> assertEquals("as it was", Files.readString(precious)),
          () -> assertEquals(1 << 20, Files.size(guest.results().resolve("store"))),
          () -> assertEquals(List.of(), leftOver(guest)));
      assertEquals("SnAp", magic(guest.results().resolve("store")));
    }
  }

  @Test
  void a_disk_outlives_a_crash_and_a_failure_names_its_line() throws IOException {
    Path directory;
    try (var guest = UmlGuest.builder().disks("1M").build()) {
      directory = guest.directory();
      var crash =
          guest.run(
              """
              scribble /dev/ubda seed 512 512
              echo c >/proc/sysrq-trigger
              """);
      assertEquals(UmlGuest.Run.DIED, crash.status(), crash.toString());
      assertTrue(crash.kernelLog().contains("Kernel panic"), crash.toString());

      var failure =
          guest.run(
              """
              cmp -n 512 <(pattern seed 512) <(tail -c +513 /dev/ubda)
              echo before
              (exit 7)
              echo after
              """);
      assertEquals(7, failure.status(), failure.toString());
      assertEquals("before\n", failure.stdout());
      assertTrue(failure.stderr().contains("script line 3: status 7"), failure.toString());
      assertThrows(AssertionFailedError.class, failure::ok);
    }
    assertFalse(Files.exists(directory));
  }

  @Test
  void a_guest_that_hangs_is_killed_by_the_time_limit() throws IOException {
    try (var guest = UmlGuest.builder().timeout(Duration.ofSeconds(8)).build()) {
      var run = guest.run("sleep 1000");
      assertEquals(UmlGuest.Run.TIMED_OUT, run.status(), run.toString());
      assertEquals(List.of(), leftOver(guest));
    }
  }

  @Test
  void without_the_programs_a_test_is_skipped_but_on_a_ci_server_it_fails() throws IOException {
    Files.createFile(temp.resolve("lvs")).toFile().setExecutable(true);
    var programs = List.of("linux.uml", "lvs", "dmsetup");
    var here = List.of(temp);
    UmlGuest.require(List.of("lvs"), here, true);
    var skipped =
        assertThrows(TestAbortedException.class, () -> UmlGuest.require(programs, here, false));
    var failed =
        assertThrows(AssertionFailedError.class, () -> UmlGuest.require(programs, here, true));
    assertTrue(
        String.valueOf(skipped.getMessage())
            .contains("without linux.uml, dmsetup; apt-get install user-mode-linux"));
    assertTrue(String.valueOf(failed.getMessage()).contains("apt-get install"));
  }

  private static String magic(Path store) throws IOException {
    try (var in = Files.newInputStream(store)) {
      return new String(in.readNBytes(4), US_ASCII);
    }
  }

  /// Returns the guest's processes, but for those that end at once: a process that was killed takes
  /// its time to go.
  private static List<Long> leftOver(UmlGuest guest) {
    var self = ProcessHandle.current();
    assertTrue(processes(System.getProperty("java.home", "")).anyMatch(self::equals));
    return processes(guest.directory().toString())
        .filter(UmlGuestIT::stays)
        .map(ProcessHandle::pid)
        .toList();
  }

  private static Stream<ProcessHandle> processes(String word) {
    return ProcessHandle.allProcesses().filter(process -> commandLine(process).contains(word));
  }

  private static boolean stays(ProcessHandle process) {
    try {
      process.onExit().get(5, TimeUnit.SECONDS);
      return false;
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      return true;
    }
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(
          Path.of("/proc", Long.toString(process.pid()), "cmdline"), ISO_8859_1);
    } catch (IOException e) {
      return ""; // it has just ended, or is somebody else's
    }
  }
}
