package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.report.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLinesTest {

  private static final List<String> COMMANDS =
      List.of("inspect", "copy", "sync", "verify", "dump", "apply", "lvmsync", "receive", "send");

  @TempDir private Path temp;

  @Test
  void a_command_is_needed() {
    var run = Cli.run();
    assertEquals(2, run.status());
    assertEquals("blkdelta: a command is missing\nsee: blkdelta -h\n", run.stderr());
    assertEquals("", run.stdout());
  }

  @Test
  void a_command_that_nobody_knows_is_a_question_of_usage() {
    assertEquals(2, Cli.run("synchronise").status());
  }

  @Test
  void an_option_that_nobody_knows_is_named() {
    for (var command : COMMANDS) {
      var run = Cli.run(command, "--no-such-option", "a", "b");
      assertEquals(2, run.status(), command);
      assertTrue(run.stderr().contains("--no-such-option"), run.stderr());
      assertTrue(run.stderr().endsWith("see: blkdelta " + command + " -h\n"), run.stderr());
    }
  }

  @Test
  void operands_that_are_missing_or_too_many_are_a_question_of_usage() {
    for (var command : COMMANDS) {
      assertEquals(2, Cli.run(command).status(), command);
      if (!command.equals("lvmsync")) { // ignores what it doesn't need, as lvmsync does
        assertEquals(2, Cli.run(command, "a", "b", "c").status(), command);
      }
    }
  }

  @Test
  void help_of_a_command_is_its_own_help_or_a_screen() {
    var whole = Cli.run("sync", "--help").ok().stdout();
    assertEquals(whole, Cli.run("help", "sync").ok().stdout());
    assertEquals(Cli.run("--help").ok().stdout(), Cli.run("help").ok().stdout());
    var small = Cli.run("sync", "-h").ok().stdout();
    assertTrue(small.contains("\nAll options: blkdelta sync --help. "), small);
    var unknown = Cli.run("help", "sycn");
    assertEquals(2, unknown.status());
    assertEquals(
        "blkdelta: unknown command \"sycn\"; did you mean sync?\nsee: blkdelta -h\n",
        unknown.stderr());
  }

  @Test
  void commands_that_are_not_asked_for_are_listed_all_the_same() {
    var whole = Model.help(Model.top());
    assertEquals(whole, Cli.run("--help").ok().stdout());
  }

  @Test
  void the_help_is_as_wide_as_the_terminal() {
    var wide = new Cli().width(100, true).with("--help").ok().stdout();
    assertTrue(wide.lines().anyMatch(line -> line.length() > 80), wide);
  }

  @Test
  void an_argument_is_taken_as_it_is_where_a_file_has_its_name_too() throws IOException {
    var file = Files.writeString(temp.resolve("arguments"), "--version");
    var run = Cli.run("inspect", "@" + file);
    assertFalse(run.stdout().contains("blkdelta 0"), run.stdout());
  }

  @Test
  void help_goes_to_standard_output_and_tells_the_exit_codes() {
    var top = Cli.run("--help").ok();
    assertTrue(top.stdout().contains("refused before writing"), top.stdout());
    assertFalse(top.stdout().contains("receive"), "which is not for people");
    for (var command : COMMANDS) {
      var run = Cli.run(command, "--help").ok();
      assertTrue(run.stdout().startsWith("Usage: blkdelta " + command), run.stdout());
      assertTrue(run.stdout().contains("\nExit codes:\n  0   done"), run.stdout());
      assertEquals("", run.stderr());
    }
  }

  @Test
  void every_command_tells_the_version() throws IOException {
    var version = String.join("\n", Version.lines()) + "\n";
    assertTrue(
        version.matches(
            "blkdelta [0-9]+\\.[0-9.]+\n(commit [0-9a-f]+, )?change stream version 1, Java 25.*\n"),
        version);
    assertEquals(version, Cli.run("--version").ok().stdout());
    assertEquals(version, Cli.run("-V").ok().stdout());
    for (var command : COMMANDS) {
      assertEquals(version, Cli.run(command, "--version").ok().stdout(), command);
    }
  }

  @Test
  void help_that_cannot_be_printed_is_no_success() {
    var run = new Cli().printingTo(new FullDisk(5)).with("--help");
    assertEquals(8, run.status());
    assertTrue(run.stderr().startsWith("blkdelta: standard output: cannot be written"));
  }
}
