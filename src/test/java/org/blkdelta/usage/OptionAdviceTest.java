package org.blkdelta.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class OptionAdviceTest {

  private final CommandSpec sync = command("sync", "--force", "--base");
  private final CommandSpec standIn = command("lvmsync", "--apply");

  @Test
  void an_option_that_the_command_has_is_named_alone() {
    assertEquals(
        "d: is mounted; use --force=mounted", fitted("d: is mounted; use --force=mounted", sync));
  }

  @Test
  void one_that_it_lacks_is_named_with_a_command_that_has_it() {
    assertEquals(
        "d: is mounted; use blkdelta sync --force=mounted, or blkdelta sync --base=full",
        fitted("d: is mounted; use --force=mounted, or --base=full", standIn));
  }

  @Test
  void options_of_other_programs_stay_as_they_are() {
    for (var message :
        List.of(
            "p: repair it: lvconvert --force VG/POOL",
            "d: use: blkdelta verify --repair --base=full a b",
            "no-such--force and --unknown")) {
      assertEquals(message, fitted(message, standIn));
    }
  }

  private String fitted(String message, CommandSpec running) {
    return OptionAdvice.fitted(message, running, List.of(sync));
  }

  private static CommandSpec command(String name, String... options) {
    var command = CommandSpec.create().name(name);
    for (var option : options) {
      command.addOption(OptionSpec.builder(option).build());
    }
    return command;
  }
}
