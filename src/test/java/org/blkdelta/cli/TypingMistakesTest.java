package org.blkdelta.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is said of a command line that cannot be read. A word that is empty is written ''.
class TypingMistakesTest {

  private static final int MAX_LENGTH = 200;

  /// Words of the parser, of Java, and of enumerations.
  private static final Pattern INNER_WORDS =
      Pattern.compile(
          "Unmatched|Missing|Invalid|mutually|Unknown|Expected|should be|index|is not an? (int|long|boolean)|\\[.*,|"
              + "Exception|java|ASSUME|MOUNTED|BLKDELTA|LVMSYNC");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          | blkdelta: a command is missing
          -v | blkdelta: a command is missing
          sycn a b | blkdelta: unknown command \\"sycn\\"; did you mean sync?
          synchronise | blkdelta: unknown command \\"synchronise\\"; did you mean sync?
          cp a b | blkdelta: unknown command \\"cp\\"; did you mean copy?
          foo --help | blkdelta: unknown command \\"foo\\"
          vg0/a new:/b | blkdelta: \\"vg0/a\\" is not a command; a command comes first, such as copy or sync
          -n sync a b | blkdelta: unknown option -n; write it after the command: blkdelta sync -n
          --verison | blkdelta: unknown option --verison; did you mean --version?
          --frob sync a b | blkdelta: unknown option --frob
          sync --bas=full a | blkdelta sync: unknown option --bas; did you mean --base?
          sync --bas full | blkdelta sync: unknown option --bas; did you mean --base?
          sync --dryrun a b | blkdelta sync: unknown option --dryrun; did you mean --dry-run?
          sync -quiet a b | blkdelta sync: unknown option -quiet; did you mean --quiet?
          sync -vZ a b | blkdelta sync: unknown option -vZ; did you mean -z?
          sync --port=22 a b | blkdelta sync: unknown option --port; did you mean -p?
          copy -dash.img d | blkdelta copy: unknown option -dash.img; if it is a file, write ./-dash.img
          copy --frobnicate | blkdelta copy: unknown option --frobnicate
          copy --since x a b | blkdelta copy: unknown option --since; inspect, sync and dump have it
          copy --undo-of-interrupted x | blkdelta copy: unknown option --undo-of-interrupted; apply has it
          copy | blkdelta copy: SOURCE and DESTINATION are missing; usage: blkdelta copy [OPTIONS] SOURCE DESTINATION
          copy a | blkdelta copy: DESTINATION is missing; usage: blkdelta copy [OPTIONS] SOURCE DESTINATION
          copy a b c | blkdelta copy: \\"c\\" is one argument too many; usage: blkdelta copy [OPTIONS] SOURCE DESTINATION
          sync a | blkdelta sync: DESTINATION is missing; usage: blkdelta sync [OPTIONS] SOURCE... DESTINATION
          inspect | blkdelta inspect: SOURCE is missing; usage: blkdelta inspect [OPTIONS] SOURCE...
          serve | blkdelta serve: --only=PATH is missing
          copy --receipt | blkdelta copy: --receipt: a value is missing: --receipt=FILE
          copy --receipt --json a b | blkdelta copy: --receipt: a value is missing: --receipt=FILE
          copy -p | blkdelta copy: -p: a value is missing: -p PORT
          sync --base full --base full a b | blkdelta sync: --base is given twice
          sync --base=ful a b | blkdelta sync: --base=ful: write assume, sample or full; did you mean full?
          dump --format=x a | blkdelta dump: --format=x: write blkdelta or lvmsync
          sync --accept=cid,flag a b | blkdelta sync: --accept=flag: write cid, unclean or flags; did you mean flags?
          copy -p x a b | blkdelta copy: -p x: write a number
          copy --retries=1.5 a b | blkdelta copy: --retries=1.5: write a number
          sync --from=z a b | blkdelta sync: --from=z: write a number
          sync --snapshot-size=1X a b | blkdelta sync: --snapshot-size=1X: write bytes, or a number with a unit: 500K, 10M, 1.5GiB, 10MB
          copy --json=7 a b | blkdelta copy: --json takes no value
          inspect --json --map a | blkdelta inspect: --json and --map exclude each other; use one of them
          """)
  void is_told_in_words_for_people(String typed, String message) {
    var run = Cli.run((Object[]) words(typed));
    assertEquals(2, run.status());
    var lines = run.stderr().lines().toList();
    assertEquals(message.replace("\\", ""), lines.getFirst());
    var command = lines.getFirst().substring(0, lines.getFirst().indexOf(':'));
    assertEquals(List.of("see: " + command + " -h"), lines.subList(1, lines.size()));
    assertEquals("", run.stdout());
    check(lines.getFirst());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          copy '' x | blkdelta: an argument is empty; is a variable of the command line unset?
          copy a '' | blkdelta: an argument is empty; is a variable of the command line unset?
          copy -p 70000 a new:/b | blkdelta: -p 70000: write a port, 1 to 65535
          copy a new:22:/dev/x | blkdelta: new:22:/dev/x: the port goes elsewhere; write -p 22 new:/dev/x, or ssh://new:22/PATH
          """)
  void so_is_what_only_the_command_can_tell(String typed, String message) {
    var run = Cli.run((Object[]) words(typed));
    assertEquals(2, run.status());
    assertEquals(message + "\n", run.stderr());
    check(message);
  }

  @ParameterizedTest
  @CsvSource({"sync", "copy", "verify", "dump", "apply", "inspect", "state", "serve", "vmdksync"})
  void every_option_that_takes_a_value_says_what_it_takes(String command) {
    var spec = requireNonNull(Model.top().getSubcommands().get(command)).getCommandSpec();
    for (var option : spec.options()) {
      if (option.arity().min() > 0) {
        var run = Cli.run(command, option.longestName());
        assertEquals(2, run.status(), option.longestName());
        assertTrue(
            run.stderr().contains(option.longestName() + ": a value is missing: "), run.stderr());
        check(run.stderr().lines().findFirst().orElseThrow());
      }
    }
  }

  private static String[] words(String typed) {
    return typed == null
        ? new String[0]
        : List.of(typed.split(" ")).stream()
            .map(word -> word.equals("''") ? "" : word)
            .toArray(String[]::new);
  }

  private static void check(String message) {
    assertFalse(INNER_WORDS.matcher(message.replaceFirst("usage: .*", "")).find(), message);
    assertTrue(message.length() <= MAX_LENGTH, message);
  }
}
