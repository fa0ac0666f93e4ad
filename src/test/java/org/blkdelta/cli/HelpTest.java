package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.blkdelta.usage.OptionGroup;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {

  private static final int COLUMNS = 80;

  static Stream<CommandLine> commands() {
    return Model.visible().stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void no_line_of_the_help_is_wider_than_the_terminal(CommandLine command) {
    var wide = Model.help(command).lines().filter(line -> line.length() > COLUMNS).toList();
    assertEquals(List.of(), wide);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_line_of_the_examples_is_shown_whole(CommandLine command) {
    var shown = Model.help(command).lines().toList();
    for (var example : command.getCommandSpec().usageMessage().footer()) {
      assertTrue(shown.contains(example), example);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_option_is_in_one_group_that_the_help_shows(CommandLine command) {
    var spec = command.getCommandSpec();
    var grouped = OptionGroup.of(spec).stream().flatMap(group -> group.options().stream()).toList();
    assertEquals(spec.options().size(), grouped.size());
    assertTrue(grouped.containsAll(spec.options()));
    for (var group : OptionGroup.of(spec)) {
      assertTrue(Model.help(command).contains("\n\n" + group.heading() + "\n"), group.heading());
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_command_has_a_line_for_lists_and_a_description(CommandLine command) {
    var usage = command.getCommandSpec().usageMessage();
    assertEquals(1, usage.header().length, Arrays.toString(usage.header()));
    assertFalse(usage.header()[0].endsWith("."), usage.header()[0]);
    assertTrue(usage.description().length > 0);
  }
}
