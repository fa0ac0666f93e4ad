package org.blkdelta.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.blkdelta.host.Commands.Outcome;
import org.junit.jupiter.api.Test;

class HostCommandsTest {

  @Test
  void status_output_and_complaints_are_told_apart() throws IOException {
    assertEquals(
        new Outcome(5, "out\n", "one\ntwo"),
        shell("echo out; printf '\\none\\ntwo\\n' >&2; exit 5"));
    assertEquals("one; two", new Outcome(5, "", "one\ntwo").complaint());
  }

  @Test
  void programs_speak_c_and_have_nothing_to_read() throws IOException {
    assertEquals(
        new Outcome(0, "C,1,0\n", ""),
        shell("echo \"$LC_ALL,$LVM_SUPPRESS_FD_WARNINGS,$(cat | wc -c)\""));
  }

  @Test
  void a_program_that_is_given_something_may_leave_it() throws IOException {
    var input = "x".repeat(300_000).getBytes(UTF_8);
    var commands = new HostCommands();
    assertEquals(new Outcome(0, "300000\n", ""), commands.run(List.of("wc", "-c"), input));
    assertEquals(new Outcome(1, "", ""), commands.run(List.of("false"), input));
  }

  @Test
  void what_changes_the_programs_words_is_taken_out_of_their_environment() {
    var environment =
        new HashMap<String, String>(
            Map.of(
                "PATH", "/sbin",
                "LVM_SYSTEM_DIR", "/etc/lvm",
                "LVM_VG_NAME", "vg0",
                "LVM_REPORT_FD", "3",
                "LVM_COMMAND_PROFILE", "x",
                "DM_DEFAULT_NAME_MANGLING_MODE", "hex",
                "LC_NUMERIC", "de_DE.UTF-8",
                "LANGUAGE", "de",
                "POSIXLY_CORRECT", "1"));
    HostCommands.clean(environment);
    assertEquals(
        Map.of(
            "PATH", "/sbin",
            "LVM_SYSTEM_DIR", "/etc/lvm",
            "LC_ALL", "C",
            "LVM_SUPPRESS_FD_WARNINGS", "1"),
        environment);
  }

  @Test
  void who_may_not_ask_the_kernel_is_told_just_that() {
    var unprivileged = new HostCommands(() -> false, SearchPath.of("/usr/sbin"));
    var fault =
        assertThrows(
            NeedsRootException.class, () -> unprivileged.run(List.of("dmsetup", "no-such-word")));
    assertEquals("dmsetup: needs root", fault.getMessage());
  }

  @Test
  void neither_stream_can_stop_the_program() throws IOException {
    var outcome =
        shell("head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o");
    assertEquals("o".repeat(300_000), outcome.out());
    assertEquals("e".repeat(300_000), outcome.err());
  }

  @Test
  void a_program_that_is_not_there_is_named() {
    assertEquals(
        "no-such-program: cannot be started: it is neither in PATH nor in /usr/sbin; install it",
        assertThrows(IOException.class, () -> new HostCommands().run(List.of("no-such-program")))
            .getMessage());
  }

  @Test
  void a_program_that_cannot_be_started_for_another_reason_says_it() {
    var tooLong = List.of("true", "x".repeat(3_000_000));
    var fault = assertThrows(IOException.class, () -> new HostCommands().run(tooLong));
    assertSays(fault, "true: cannot be started: ");
    assertSays(fault, "rgument list too long");
  }

  private static Outcome shell(String script) throws IOException {
    return new HostCommands().run(List.of("sh", "-c", script));
  }
}
