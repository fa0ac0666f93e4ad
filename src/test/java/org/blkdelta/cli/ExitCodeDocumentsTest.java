package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.blkdelta.report.ExitCode;
import org.blkdelta.usage.Exits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// Scripts rely on the exit codes, so every document says the same of them, word for word.
class ExitCodeDocumentsTest {

  /// A row of the table in docs/scripting.md.
  private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d+) \\| (.*) \\|$");

  /// An item of a man page's section.
  private static final Pattern ITEM = Pattern.compile("\\.TP\n\\\\fB(\\d+)\\\\fR\n(.*)\n");

  /// An entry of a help text; a long meaning goes on below itself.
  private static final Pattern ENTRY = Pattern.compile("(?m)^ {2}(\\d+) +(.*(?:\n {6}.*)*)$");

  static Stream<CommandLine> commands() {
    return Model.visible().stream();
  }

  @Test
  void the_page_for_scripts_has_the_programs_exit_codes() throws IOException {
    var section = behind(Files.readString(Path.of("docs/scripting.md")), "## Exit codes\n");
    var all = Stream.of(ExitCode.values()).map(code -> code.number() + " " + code.meaning());
    assertEquals(all.toList(), found(ROW, section));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void each_man_page_has_the_programs_exit_codes(CommandLine command) throws IOException {
    var page = Files.readString(Path.of("docs/man", ManPage.file(command)));
    var section = behind(page, ".SH \"EXIT STATUS\"\n").split("\\.SH", 2)[0];
    assertEquals(
        codes(command.getCommandSpec(), code -> true), found(ITEM, section.replace("\\-", "-")));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void each_help_has_the_programs_exit_codes(CommandLine command) {
    var section = behind(Model.help(command), "\nExit codes:\n");
    assertEquals(codes(command.getCommandSpec(), code -> !code.isSignal()), found(ENTRY, section));
    assertTrue(
        section.contains("\n  129, 130, 143  stopped by SIGHUP, SIGINT, SIGTERM\n"), section);
  }

  private static List<String> codes(CommandSpec command, Predicate<ExitCode> shown) {
    return Exits.of(command).stream()
        .filter(shown)
        .map(code -> code.number() + " " + Exits.meaning(command, code))
        .toList();
  }

  private static List<String> found(Pattern pattern, String text) {
    var codes = new ArrayList<String>();
    for (var match = pattern.matcher(text); match.find(); ) {
      codes.add(match.group(1) + " " + match.group(2).replaceAll("\\s+", " "));
    }
    return codes;
  }

  private static String behind(String text, String heading) {
    int at = text.indexOf(heading);
    return at < 0 ? "" : text.substring(at + heading.length());
  }
}
