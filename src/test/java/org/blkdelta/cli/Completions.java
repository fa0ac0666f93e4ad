package org.blkdelta.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.blkdelta.usage.OptionGroup;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Completions for bash, zsh and fish, made from the same model as the help.
///
/// See bash(1), zshcompsys(1) and fish's `complete`.
final class Completions {

  private static final String MADE =
      "# Made from the commands' own descriptions; see docs/development.md.\n";

  private static final String LVS =
      "timeout -k 1 1 lvs --noheadings -o vg_name,lv_name --separator / 2>/dev/null </dev/null";

  /// Names that only root may ask for. A pool that hangs must not hang the shell.
  private static final String ZSH_FUNCTIONS =
      """

      _blkdelta_volumes() {
        (( EUID == 0 )) || return 1
        local -a volumes=(${=$(%1$s)})
        _wanted volumes expl volume compadd -a volumes
      }

      _blkdelta_here() {
        _alternative 'volumes:volume:_blkdelta_volumes' 'files:file:_files'
      }

      _blkdelta_host() {
        _alternative 'volumes:volume:_blkdelta_volumes' 'hosts:host:_ssh_hosts -qS:' 'files:file:_files'
      }
      """
          .formatted(LVS);

  private static final String FISH_FUNCTIONS =
      """

      function __blkdelta_volumes
          test (id -u) = 0; and %1$s | string trim
      end

      function __blkdelta_hosts
          __fish_print_hostnames | string replace -r '$' :
      end

      """
          .formatted(LVS);

  private Completions() {}

  /// What a command's operands can be.
  enum Operand {
    /// A volume, or a file, of this machine or of HOST:
    HOST,
    /// the same, of this machine only
    HERE,
    COMMAND,
    /// one of some words, and then a file
    WORD,
    NONE
  }

  static String bash() {
    return BashCompletion.of(MADE, commands());
  }

  static Operand operand(CommandLine command) {
    var operands = command.getCommandSpec().positionalParameters();
    if (operands.isEmpty()) {
      return Operand.NONE;
    }
    if (operands.getFirst().paramLabel().equals("COMMAND")) {
      return Operand.COMMAND;
    }
    if (!words(operands.getFirst()).isEmpty()) {
      return Operand.WORD;
    }
    return operands.stream().allMatch(Completions::isFile) ? Operand.HERE : Operand.HOST;
  }

  /// Returns whether an option names a volume, as its label says: `--since OLD`.
  static boolean isVolume(OptionSpec option) {
    return !isFile(option) && List.of("OLD", "PATH").contains(option.paramLabel());
  }

  /// Returns zsh's function `_blkdelta`.
  static String zsh() {
    var text = new StringBuilder("#compdef blkdelta\n").append(MADE).append(ZSH_FUNCTIONS);
    text.append("\n_blkdelta() {\n");
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
      text.append(" \\\n            '*:").append(zshOperand(command)).append("'\n          ;;\n");
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

  private static String zshOperand(CommandLine command) {
    return switch (operand(command)) {
      case HOST -> "operand:_blkdelta_host";
      case HERE -> "operand:_blkdelta_here";
      case COMMAND -> "command:(" + String.join(" ", names()) + ")";
      case WORD -> "operand:{compadd %s; _files}".formatted(wordsOfOperand(command));
      case NONE -> " : ";
    };
  }

  private static List<String> names() {
    return commands().stream().map(CommandLine::getCommandName).toList();
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
  static boolean isAttached(OptionSpec option) {
    return option.arity().min() == 0 && option.arity().max() > 0;
  }

  private static String values(OptionSpec option) {
    if (isFile(option)) {
      return "_files";
    }
    if (isVolume(option)) {
      return "_blkdelta_here";
    }
    var words = words(option);
    return words.isEmpty() ? " " : "(" + String.join(" ", words) + ")";
  }

  /// Returns fish's commands.
  static String fish() {
    var text = new StringBuilder(MADE).append(FISH_FUNCTIONS);
    for (var command : commands()) {
      text.append(
          "complete -c blkdelta -n __fish_use_subcommand -f -a %s -d %s%n"
              .formatted(command.getCommandName(), quoted(header(command))));
    }
    shown(Model.top()).forEach(option -> fish(text, "__fish_use_subcommand", option));
    for (var command : commands()) {
      var where = "__fish_seen_subcommand_from " + command.getCommandName();
      shown(command).forEach(option -> fish(text, quoted(where), option));
      fishOperand(text, quoted(where), command);
    }
    return text.toString();
  }

  private static void fishOperand(StringBuilder text, String where, CommandLine command) {
    var offered =
        switch (operand(command)) {
          case HOST -> " -a '(__blkdelta_volumes; __blkdelta_hosts)'";
          case HERE -> " -a '(__blkdelta_volumes)'";
          case COMMAND -> " -f -a " + quoted(String.join(" ", names()));
          case WORD -> " -a " + quoted(wordsOfOperand(command));
          case NONE -> " -f";
        };
    text.append("complete -c blkdelta -n ").append(where).append(offered).append('\n');
  }

  private static void fish(StringBuilder text, String where, OptionSpec option) {
    text.append("complete -c blkdelta -n ").append(where);
    for (var name : option.names()) {
      text.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    if (option.arity().max() > 0 && !isAttached(option)) {
      var words = words(option);
      text.append(isFile(option) || isVolume(option) ? " -r -F" : " -x");
      text.append(isVolume(option) ? " -a '(__blkdelta_volumes)'" : "");
      text.append(words.isEmpty() ? "" : " -a " + quoted(String.join(" ", words)));
    }
    text.append(" -d ").append(quoted(first(option))).append('\n');
  }

  private static List<CommandLine> commands() {
    return Model.visible().stream().filter(command -> command.getParent() != null).toList();
  }

  static Stream<OptionSpec> shown(CommandLine command) {
    return OptionGroup.of(command.getCommandSpec()).stream()
        .flatMap(group -> group.options().stream());
  }

  static boolean isFile(ArgSpec argument) {
    var type = argument.auxiliaryTypes()[0];
    return type == Path.class || type == File.class;
  }

  /// Returns what a command's first operand can be, between blanks.
  static String wordsOfOperand(CommandLine command) {
    return String.join(" ", words(command.getCommandSpec().positionalParameters().getFirst()));
  }

  static List<String> words(ArgSpec argument) {
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
