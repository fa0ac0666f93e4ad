package org.blkdelta.usage;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.blkdelta.report.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// A command's help: a screen for who forgot a word (`-h`), or all options in short (`--help`). The
/// man page has what there is to know: it shows all paragraphs of a description, of which the help
/// shows the first.
public final class HelpPage {

  private static final String SECTION = "page";
  private static final int SHORT_EXAMPLES = 2;
  private static final int LONG_EXAMPLES = 4;

  private final Help help;
  private final CommandSpec spec;
  private final Rows rows;

  private HelpPage(Help help) {
    this.help = help;
    this.spec = help.commandSpec();
    this.rows = new Rows(spec.usageMessage().width());
  }

  /// Gives a command its help, and the options that ask for it.
  public static void addTo(CommandLine line) {
    HelpOptions.addTo(line.getCommandSpec());
    line.setHelpSectionKeys(List.of(SECTION));
    line.getHelpSectionMap().put(SECTION, HelpPage::of);
  }

  private static String of(Help help) {
    var page = new HelpPage(help);
    return HelpOptions.isShort(help.commandSpec()) ? page.small() : page.whole();
  }

  private String small() {
    synopsis();
    rows.paragraph(spec.usageMessage().header()[0] + ".");
    if (!spec.subcommands().isEmpty()) {
      rows.line("");
      commands();
    } else {
      operands(operand -> operand.completionCandidates() != null);
      common();
    }
    examples(SHORT_EXAMPLES);
    rows.line("")
        .paragraph("All options: " + spec.qualifiedName() + " --help. Every detail: " + manual());
    return rows.toString();
  }

  private String whole() {
    synopsis();
    rows.line("");
    Stream.of(spec.usageMessage().description())
        .takeWhile(paragraph -> !paragraph.isEmpty())
        .forEach(rows::paragraph);
    operands(operand -> true);
    options();
    if (!spec.subcommands().isEmpty()) {
      rows.line("");
      commands();
    }
    examples(LONG_EXAMPLES);
    exits();
    rows.line("").paragraph("Every detail: " + manual());
    return rows.toString();
  }

  private void synopsis() {
    var heading = help.synopsisHeading();
    (heading + help.synopsis(heading.length())).lines().forEach(rows::line);
  }

  private String manual() {
    return "man " + spec.qualifiedName("-");
  }

  private void commands() {
    rows.line("Commands:");
    spec.subcommands()
        .forEach(
            (name, line) -> {
              var usage = line.getCommandSpec().usageMessage();
              if (!usage.hidden()) {
                rows.wrapped("  " + name, usage.header()[0], 12);
              }
            });
  }

  private void common() {
    var usage = spec.userObject().getClass().getAnnotation(Usage.class);
    var names = usage == null ? new String[0] : usage.common();
    if (names.length == 0) {
      return;
    }
    rows.line("").line("Most used options:");
    for (var name : names) {
      var option = Objects.requireNonNull(spec.findOption(name), name);
      rows.row(names(option), firstSentence(option));
    }
  }

  private void operands(Predicate<PositionalParamSpec> wanted) {
    var shown =
        spec.positionalParameters().stream()
            .filter(operand -> !operand.hidden())
            .filter(wanted)
            .toList();
    if (!shown.isEmpty()) {
      rows.line("");
      shown.forEach(operand -> rows.row("  " + operand.paramLabel(), first(operand)));
    }
  }

  private void options() {
    for (var group : OptionGroup.of(spec)) {
      rows.line("").line(group.heading());
      group.options().forEach(option -> rows.row(names(option), first(option)));
    }
  }

  private void examples(int most) {
    var lines = spec.usageMessage().footer();
    if (lines.length == 0) {
      return;
    }
    int shown = 0;
    rows.line("").line("Examples:");
    for (int at = 0; at < lines.length && shown < most; at++) {
      rows.line(lines[at]);
      boolean isCommand = !lines[at].strip().startsWith("#") && !lines[at].endsWith("\\");
      shown += isCommand ? 1 : 0;
    }
  }

  private void exits() {
    rows.line("").line("Exit codes:");
    var codes = Exits.of(spec);
    for (var code : codes) {
      if (!code.isSignal()) {
        rows.wrapped("  " + code.number(), Exits.meaning(spec, code), 6);
      }
    }
    var signals = codes.stream().filter(ExitCode::isSignal).toList();
    rows.paragraph(
        "  "
            + signals.stream().map(code -> "" + code.number()).collect(Collectors.joining(", "))
            + "  "
            + "stopped by SIGHUP, SIGINT, SIGTERM");
  }

  /// Returns an option's names with the label of its value.
  private static String names(OptionSpec option) {
    var names = option.names();
    return "  " + String.join(", ", names) + label(option);
  }

  private static String label(OptionSpec option) {
    if (option.arity().max() == 0) {
      return "";
    }
    var separator = option.longestName().startsWith("--") ? "=" : " ";
    var several = option.splitRegex().isEmpty() ? "" : ",...";
    return option.arity().min() == 0
        ? "[" + separator + option.paramLabel() + "]"
        : separator + option.paramLabel() + several;
  }

  /// Returns what the help says of an option or operand: the first part of what the man page says.
  private static String first(ArgSpec argument) {
    var usual = Objects.requireNonNullElse(argument.defaultValue(), "");
    return Arrays.stream(argument.description())
        .findFirst()
        .orElse("")
        .replace("${DEFAULT-VALUE}", usual);
  }

  private static String firstSentence(ArgSpec argument) {
    return first(argument).replaceFirst("(?s)\\. .*$", ".");
  }
}
