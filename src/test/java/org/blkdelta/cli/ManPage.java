package org.blkdelta.cli;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.blkdelta.usage.Exits;
import org.blkdelta.usage.OptionGroup;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// A command's man page, made from the same model as its help; see man-pages(7) and groff_man(7).
final class ManPage {

  /// What stands for something that is to be put in its place.
  private static final Pattern LABEL = Pattern.compile("[A-Z]{2,}");

  private static final List<List<String>> ENVIRONMENT =
      List.of(
          List.of("BLKDELTA_STATE", "The folder for what is remembered of destinations."),
          List.of(
              "BLKDELTA_JAVA_OPTIONS",
              "Options for the Java runtime that blkdelta brings along. What is meant for other Java"
                  + " programs, such as JAVA_TOOL_OPTIONS, is ignored."),
          List.of(
              "SSH_AUTH_SOCK", "The socket of the SSH agent, unless ssh_config(5) says otherwise."),
          List.of(
              "XDG_CACHE_HOME",
              "At the remote side of --deploy: the folder to use, not ~/.cache."));

  private static final List<List<String>> FILES =
      List.of(
          List.of(
              "/var/lib/blkdelta, ~/.local/state/blkdelta",
              "What is remembered of destinations, for root and for others; see blkdelta-state(1) and /usr/share/doc/blkdelta/docs/state.md."),
          List.of(
              "~/.ssh/config, /etc/ssh/ssh_config",
              "How to reach other machines; see ssh_config(5)."),
          List.of("~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts", "The keys of other machines."),
          List.of("~/.cache/blkdelta", "What --deploy sent to this machine; it may be removed."));

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
    page.append(Roff.head("the commands' own descriptions", name, "1", "User Commands"));
    section("NAME");
    page.append(
        Roff.filled(Roff.escaped(name) + " \\- " + Roff.escaped(lowered(usage.header()[0]))));
    synopsis();
    section("DESCRIPTION");
    paragraphs(usage.description());
    commands();
    arguments();
    options();
    exitStatus();
    if (spec.parent() == null) {
      entries("ENVIRONMENT", ENVIRONMENT);
      entries("FILES", FILES);
    }
    differences();
    section("EXAMPLES");
    verbatim(usage.footer());
    seeAlso();
    return page.toString();
  }

  private void synopsis() {
    section("SYNOPSIS");
    var between = "";
    for (var way : command.getHelp().synopsis(0).lines().toList()) {
      var words = Roff.escaped(way.strip().substring(spec.qualifiedName().length()));
      var marked = LABEL.matcher(words).replaceAll("\\\\fI$0\\\\fR");
      page.append(between)
          .append(Roff.kept("\\fB" + Roff.escaped(spec.qualifiedName()) + "\\fR" + marked));
      between = ".br\n";
    }
  }

  private void commands() {
    if (spec.subcommands().isEmpty()) {
      return;
    }
    section("COMMANDS");
    for (var shown : others()) {
      var header = shown.getCommandSpec().usageMessage().header()[0];
      tagged("\\fB" + Roff.escaped(Model.name(shown)) + "\\fR(1)", header + ".");
    }
  }

  private void arguments() {
    var shown = spec.positionalParameters().stream().filter(p -> !p.hidden()).toList();
    if (shown.isEmpty()) {
      return;
    }
    section("ARGUMENTS");
    for (var argument : shown) {
      tagged("\\fI" + Roff.escaped(argument.paramLabel()) + "\\fR", described(argument));
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
            .map(name -> "\\fB" + Roff.escaped(name) + "\\fR")
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
    return separator + "\\fI" + Roff.escaped(option.paramLabel()) + "\\fR" + repeat(option);
  }

  private static String repeat(OptionSpec option) {
    var regex = option.splitRegex();
    return regex.isEmpty() ? "" : "[" + regex + "...]";
  }

  private void exitStatus() {
    section("EXIT STATUS");
    Exits.of(spec)
        .forEach(code -> tagged("\\fB" + code.number() + "\\fR", Exits.meaning(spec, code)));
  }

  private void entries(String heading, List<List<String>> entries) {
    section(heading);
    entries.forEach(
        entry -> tagged("\\fI" + Roff.escaped(entry.getFirst()) + "\\fR", entry.getLast()));
  }

  /// Says what differs from the program that the command stands in for, if it does.
  private void differences() {
    var found = Differences.from(spec.name());
    if (found.isEmpty()) {
      return;
    }
    section("NOTES");
    macro(".SS", "Differences from " + spec.name());
    for (var difference : found) {
      page.append(".IP \\(bu 2\n")
          .append(Roff.filled(Roff.escaped(difference.theirs() + "; " + difference.ours())));
    }
  }

  private void seeAlso() {
    section("SEE ALSO");
    var ours = others().stream().map(shown -> Model.name(shown) + "(1)").sorted();
    var others =
        Stream.of("ssh_config(5)", "blkdelta-leaving-vmware(7)", "lvcreate(8)", "lvextend(8)");
    page.append(
        Stream.concat(ours, others)
            .map(name -> "\\fB" + Roff.escaped(name).replace("(", "\\fR("))
            .collect(Collectors.joining(",\n", "", "\n")));
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
      page.append(" \"").append(Roff.escaped(argument)).append('"');
    }
    page.append('\n');
  }

  private void paragraphs(String... paragraphs) {
    for (var paragraph : paragraphs) {
      if (paragraph.isEmpty()) {
        page.append(".PP\n");
      } else {
        page.append(Roff.filled(Roff.escaped(paragraph)));
      }
    }
  }

  private void tagged(String tag, String text) {
    page.append(".TP\n").append(tag).append('\n');
    page.append(Roff.filled(Roff.escaped(text)));
  }

  private void verbatim(String... lines) {
    page.append(Roff.EXAMPLE);
    for (var shown : lines) {
      page.append(Roff.kept(Roff.escaped(shown.replaceFirst("^  ", ""))));
    }
    page.append(Roff.END_OF_EXAMPLE);
  }

  private static String lowered(String text) {
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
