package org.blkdelta.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.blkdelta.usage.OptionGroup;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Completions for bash, which picocli makes, and for zsh and fish, made from the same model as the
/// help.
///
/// See zshcompsys(1) and fish's `complete`.
final class Completions {

  private static final String MADE =
      "# Made from the commands' own descriptions; see docs/development.md.\n";

  private Completions() {}

  /// Returns what picocli makes for bash, but for options whose value can be left out: the word
  /// after such an option is not its value.
  static String bash() {
    var text = AutoComplete.bash("blkdelta", Model.top());
    for (var command : commands()) {
      for (var option : shown(command).filter(Completions::isAttached).toList()) {
        var names = String.join("'|'", option.names());
        text = text.replace("    '%s')\n      return\n      ;;\n".formatted(names), "");
      }
    }
    return text;
  }

  /// Returns zsh's function `_blkdelta`.
  static String zsh() {
    var text = new StringBuilder("#compdef blkdelta\n").append(MADE).append("\n_blkdelta() {\n");
    text.append("  local context state state_descr line\n  typeset -A opt_args\n");
    text.append("  _arguments -C \\\n");
    shown(Model.top()).forEach(option -> text.append("    ").append(zsh(option)).append(" \\\n"));
    text.append("    '1:command:->command' \\\n    '*::argument:->argument'\n  case $state in\n");
    text.append("    command)\n      local -a commands=(\n");
    for (var command : commands()) {
      text.append("        ")
          .append(quoted(escaped(command.getCommandName()) + ":" + header(command)));
      text.append('\n');
    }
    text.append("      )\n      _describe command commands\n      ;;\n    argument)\n");
    text.append("      case $words[1] in\n");
    for (var command : commands()) {
      text.append("        %s)%n          _arguments".formatted(command.getCommandName()));
      shown(command).forEach(option -> text.append(" \\\n            ").append(zsh(option)));
      text.append(" \\\n            '*:file:_files'\n          ;;\n");
    }
    text.append("      esac\n      ;;\n  esac\n}\n\n_blkdelta \"$@\"\n");
    return text.toString();
  }

  /// Returns what zsh's `_arguments` is told of an option: of its names only one is taken, unless
  /// it may be given again.
  private static String zsh(OptionSpec option) {
    var names = List.of(option.names());
    boolean again = option.isMultiValue();
    var value =
        option.arity().max() == 0
            ? ""
            : (isAttached(option) ? "::" : ":") + option.paramLabel() + ":" + values(option);
    var rest = "[" + escaped(first(option)).replace("[", "\\[").replace("]", "\\]") + "]" + value;
    var others = again ? "*" : "(" + String.join(" ", names) + ")";
    var spellings = names.stream().map(name -> name + separator(option, name)).toList();
    return spellings.size() == 1
        ? quoted(others + spellings.getFirst() + rest)
        : quoted(others) + "{" + String.join(",", spellings) + "}" + quoted(rest);
  }

  private static String separator(OptionSpec option, String name) {
    if (option.arity().max() == 0) {
      return "";
    }
    if (isAttached(option)) {
      return "=-";
    }
    return name.startsWith("--") ? "=" : "+";
  }

  /// Returns whether a value can be left out, and so must be joined to the option by `=`.
  private static boolean isAttached(OptionSpec option) {
    return option.arity().min() == 0 && option.arity().max() > 0;
  }

  private static String values(OptionSpec option) {
    if (isFile(option)) {
      return "_files";
    }
    var words = words(option);
    return words.isEmpty() ? " " : "(" + String.join(" ", words) + ")";
  }

  /// Returns fish's commands.
  static String fish() {
    var text = new StringBuilder(MADE);
    for (var command : commands()) {
      text.append(
          "complete -c blkdelta -n __fish_use_subcommand -f -a %s -d %s%n"
              .formatted(command.getCommandName(), quoted(header(command))));
    }
    shown(Model.top()).forEach(option -> fish(text, "__fish_use_subcommand", option));
    for (var command : commands()) {
      var where = "__fish_seen_subcommand_from " + command.getCommandName();
      shown(command).forEach(option -> fish(text, quoted(where), option));
    }
    return text.toString();
  }

  private static void fish(StringBuilder text, String where, OptionSpec option) {
    text.append("complete -c blkdelta -n ").append(where);
    for (var name : option.names()) {
      text.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    if (option.arity().max() > 0 && !isAttached(option)) {
      var words = words(option);
      text.append(isFile(option) ? " -r -F" : " -x");
      text.append(words.isEmpty() ? "" : " -a " + quoted(String.join(" ", words)));
    }
    text.append(" -d ").append(quoted(first(option))).append('\n');
  }

  private static List<CommandLine> commands() {
    return Model.visible().stream().filter(command -> command.getParent() != null).toList();
  }

  private static Stream<OptionSpec> shown(CommandLine command) {
    return OptionGroup.of(command.getCommandSpec()).stream()
        .flatMap(group -> group.options().stream());
  }

  private static boolean isFile(ArgSpec argument) {
    var type = argument.auxiliaryTypes()[0];
    return type == Path.class || type == File.class;
  }

  private static List<String> words(ArgSpec argument) {
    var candidates = argument.completionCandidates();
    return candidates == null
        ? List.of()
        : StreamSupport.stream(candidates.spliterator(), false)
            .map(word -> word.toLowerCase(Locale.ROOT))
            .toList();
  }

  /// Returns the first sentence of what is said about an option, without its full stop.
  private static String first(OptionSpec option) {
    return String.join(" ", option.description()).replaceFirst("(?s)[.:](\\s.*)?$", "");
  }

  private static String header(CommandLine command) {
    return command.getCommandSpec().usageMessage().header()[0];
  }

  /// Returns a text in which zsh's `_arguments` and `_describe` see no separator.
  private static String escaped(String text) {
    return text.replace(":", "\\:");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
