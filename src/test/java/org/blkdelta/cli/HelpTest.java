package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
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
    var footer = List.of(command.getCommandSpec().usageMessage().footer());
    for (var page : List.of(Model.help(command), Model.shortHelp(command))) {
      var shown = examples(page);
      assertFalse(shown.isEmpty());
      assertEquals(footer.subList(0, shown.size()), shown);
    }
  }

  private static List<String> examples(String page) {
    return page.lines()
        .dropWhile(line -> !line.equals("Examples:"))
        .skip(1)
        .takeWhile(line -> !line.isEmpty())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void the_help_has_a_hundred_lines_at_most_and_the_short_one_a_screen(CommandLine command) {
    var whole = Model.help(command);
    assertTrue(whole.lines().count() <= 100, whole);
    var small = Model.shortHelp(command);
    assertTrue(small.lines().count() <= 24, small);
    assertTrue(small.lines().allMatch(line -> line.length() <= COLUMNS), small);
  }

  /// Options of other programs that a text may name, each behind its program.
  private static final Pattern OPTION =
      Pattern.compile("(?<![\\w-])(-[A-Za-z]|--[a-z][a-z-]+)(?![\\w-])");

  private static final Pattern OTHERS =
      Pattern.compile(
          "(?<![\\w-])(blkdelta (apply|sync|verify|copy)|lvs|ssh|COMMAND|lvmsync|lvcreate|lvextend)(?![\\w-])[^.;,]*");

  @ParameterizedTest
  @MethodSource("commands")
  void no_text_names_an_option_that_the_command_lacks(CommandLine command) {
    var spec = command.getCommandSpec();
    if (spec.name().equals("serve")) {
      return; // it tells of its clients' options
    }
    var texts = new ArrayList<>(List.of(spec.usageMessage().description()));
    spec.options().forEach(option -> texts.addAll(List.of(option.description())));
    spec.positionalParameters().forEach(operand -> texts.addAll(List.of(operand.description())));
    for (var text : texts) {
      var own = OTHERS.matcher(text).replaceAll("");
      for (var named = OPTION.matcher(own); named.find(); ) {
        assertTrue(spec.findOption(named.group(1)) != null, named.group(1) + " in: " + text);
      }
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
