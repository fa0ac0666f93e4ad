package org.blkdelta.cli;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// A command's man page, made from the same model as its help; see man-pages(7) and groff_man(7).
final class ManPage {

  private final CommandLine command;
  private final CommandSpec spec;
  private final UsageMessageSpec usage;
  private final StringBuilder page = new StringBuilder();

  private ManPage(CommandLine command) {
    this.command = command;
    this.spec = command.getCommandSpec();
    this.usage = spec.usageMessage();
  }

  /// Returns the whole page.
  static String of(CommandLine command) {
    return new ManPage(command).text();
  }

  /// Returns the name of the page's file.
  static String file(CommandLine command) {
    return Model.name(command) + ".1";
  }

  private String text() {
    var name = Model.name(command);
    page.append(".\\\" Made from the commands' own descriptions; see docs/development.md.\n");
    macro(".TH", name.toUpperCase(Locale.ROOT), "1", "", "blkdelta", "User Commands");
    page.append(".nh\n.ad l\n"); // no hyphens in options and paths, no stretched blanks
    section("NAME");
    line(escaped(name) + " \\- " + escaped(lowered(usage.header()[0])));
    synopsis();
    section("DESCRIPTION");
    paragraphs(usage.description());
    commands();
    arguments();
    options();
    exitStatus();
    section(usage.footer().length > 1 ? "EXAMPLES" : "EXAMPLE");
    verbatim(usage.footer());
    seeAlso();
    return page.toString();
  }

  private void synopsis() {
    section("SYNOPSIS");
    for (var way : command.getHelp().synopsis(0).lines().toList()) {
      page.append(".PP\n");
      line("\\fB" + escaped(spec.qualifiedName()) + "\\fR" + escaped(rest(way)));
    }
  }

  private String rest(String way) {
    return way.strip().substring(spec.qualifiedName().length());
  }

  private void commands() {
    if (spec.subcommands().isEmpty()) {
      return;
    }
    section("COMMANDS");
    for (var shown : others()) {
      var header = shown.getCommandSpec().usageMessage().header()[0];
      tagged("\\fB" + escaped(Model.name(shown)) + "\\fR(1)", header + ".");
    }
  }

  private void arguments() {
    var shown = spec.positionalParameters().stream().filter(p -> !p.hidden()).toList();
    if (shown.isEmpty()) {
      return;
    }
    section("ARGUMENTS");
    for (var argument : shown) {
      tagged("\\fI" + escaped(argument.paramLabel()) + "\\fR", described(argument));
    }
  }

  private void options() {
    section("OPTIONS");
    var groups = OptionGroup.of(spec);
    for (var group : groups) {
      if (groups.size() > 1) {
        macro(".SS", group.heading().replaceFirst(":$", ""));
      }
      group.options().forEach(this::option);
    }
  }

  private void option(OptionSpec option) {
    var names =
        Stream.of(option.names())
            .map(name -> "\\fB" + escaped(name) + "\\fR")
            .collect(Collectors.joining(", "));
    tagged(names + label(option), described(option));
  }

  /// Returns the label with what stands between it and the name: `=FILE` for `--file`, a blank for
  /// `-f`.
  private static String label(OptionSpec option) {
    if (option.arity().max() == 0) {
      return "";
    }
    var separator = option.longestName().startsWith("--") ? "=" : " ";
    return separator + "\\fI" + escaped(option.paramLabel()) + "\\fR" + repeat(option);
  }

  private static String repeat(OptionSpec option) {
    var regex = option.splitRegex();
    return regex.isEmpty() ? "" : "[" + regex + "...]";
  }

  private void exitStatus() {
    section("EXIT STATUS");
    usage.exitCodeList().forEach((code, meaning) -> tagged("\\fB" + code + "\\fR", meaning));
  }

  private void seeAlso() {
    section("SEE ALSO");
    var names =
        others().stream()
            .map(shown -> "\\fB" + escaped(Model.name(shown)) + "\\fR(1)")
            .collect(Collectors.joining(",\n"));
    line(
        names
            + ",\n\\fBblkdelta\\-leaving\\-vmware\\fR(7),\n\\fBlvcreate\\fR(8),\n\\fBlvextend\\fR(8),\n\\fBssh_config\\fR(5)");
  }

  private List<CommandLine> others() {
    return Model.visible().stream()
        .filter(shown -> !Model.name(shown).equals(Model.name(command)))
        .toList();
  }

  /// Returns what is said about an option or argument, its default put in.
  private static String described(ArgSpec argument) {
    var usual = Objects.requireNonNullElse(argument.defaultValue(), "");
    return String.join(" ", argument.description()).replace("${DEFAULT-VALUE}", usual);
  }

  private void section(String heading) {
    macro(".SH", heading);
  }

  private void macro(String name, String... arguments) {
    page.append(name);
    for (var argument : arguments) {
      page.append(" \"").append(escaped(argument)).append('"');
    }
    page.append('\n');
  }

  private void paragraphs(String... paragraphs) {
    for (var paragraph : paragraphs) {
      if (paragraph.isEmpty()) {
        page.append(".PP\n");
      } else {
        line(sentences(paragraph));
      }
    }
  }

  private void tagged(String tag, String text) {
    page.append(".TP\n").append(tag).append('\n');
    line(sentences(text));
  }

  private void verbatim(String... lines) {
    page.append(".nf\n");
    for (var shown : lines) {
      line(escaped(shown.replaceFirst("^  ", "")));
    }
    page.append(".fi\n");
  }

  private void line(String text) {
    // a full stop or quote at the start of a line would be a request
    page.append(text.startsWith(".") || text.startsWith("'") ? "\\&" : "")
        .append(text)
        .append('\n');
  }

  /// Returns a text with a line for each sentence, as roff likes it.
  private static String sentences(String text) {
    return escaped(text).replaceAll("(?<=[.?]) (?=[A-Z])", "\n");
  }

  static String escaped(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("`", "\\(ga")
        .replace("^", "\\(ha")
        .replace("~", "\\(ti")
        .replace("…", "...")
        .replace("%%", "%");
  }

  private static String lowered(String text) {
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
