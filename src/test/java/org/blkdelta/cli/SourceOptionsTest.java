package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.blkdelta.source.Formats;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// The options that formats declare, as a command has them.
class SourceOptionsTest {

  @Test
  void what_is_chosen_adds_up_in_the_order_of_the_choices() {
    assertEquals(
        List.of("--accept=cid", "--accept=flags"), words("--accept=flags", "--accept", "CID"));
    assertEquals(List.of("--accept=cid", "--accept=unclean"), words("--accept=unclean,cid"));
  }

  @Test
  void words_have_the_order_of_their_declaration() {
    assertEquals(
        List.of("--snapshot-size=4096", "--thin-metadata=meta", "--from=1", "--to=2"),
        words("--to=2", "--thin-metadata", "meta", "--from=1", "--snapshot-size=4096"));
    assertEquals(
        List.of("--since=old", "--allow-outside"), words("--allow-outside", "--since=old"));
  }

  @Test
  void a_command_line_that_is_read_again_forgets_the_first() {
    var command = new Only();
    var line = SourceOptions.lineOf(command);
    line.parseArgs("--accept=cid", "--since=old", "--allow-outside");
    line.parseArgs("--accept=flags");
    assertEquals(List.of("--accept=flags"), command.options.settings().words());
    line.parseArgs();
    assertEquals(List.of(), command.options.settings().words());
  }

  @Test
  void what_is_not_meant_is_refused() {
    var line = SourceOptions.lineOf(new Only());
    for (var words :
        List.of(
            List.of("--accept=all"),
            List.of("--from=one"),
            List.of("--since=a", "--since=b"),
            List.of("--origin"))) {
      assertThrows(
          ParameterException.class,
          () -> line.parseArgs(words.toArray(String[]::new)),
          words::toString);
    }
  }

  @Test
  void whole_volumes_have_those_of_whole_volumes() {
    var names = Formats.WHOLE.options().stream().map(option -> option.name()).toList();
    assertEquals(List.of("--allow-outside", "--accept"), names);
    assertTrue(Formats.CHANGES.options().containsAll(Formats.WHOLE.options()));
  }

  private static List<String> words(String... arguments) {
    var command = new Only();
    SourceOptions.lineOf(command).parseArgs(arguments);
    return command.options.settings().words();
  }

  /// A command that has nothing else.
  @Command(name = "only")
  static final class Only implements SourceOptions.Reading {

    private final SourceOptions options = new SourceOptions(Formats.CHANGES);

    @Override
    public SourceOptions sourceOptions() {
      return options;
    }
  }
}
