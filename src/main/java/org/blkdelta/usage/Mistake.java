package org.blkdelta.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.blkdelta.failure.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// What is wrong with a command line, in words for its user. The parser's own words are for those
/// who know how it was told of the grammar.
///
/// @param command whose it is: `blkdelta sync`
/// @param what what is wrong, and what was meant
public record Mistake(String command, String what) {

  /// Returns what the parser found.
  ///
  /// @param arguments the words that it was given
  /// @param others all commands, for an option that one of them has
  public static Mistake of(
      ParameterException fault, List<String> arguments, Supplier<List<CommandSpec>> others) {
    // an option that is unknown may be why something else seems to be missing
    for (var line : down(fault.getCommandLine())) {
      for (var word : line.getUnmatchedArguments()) {
        if (isOption(word)) {
          var spec = line.getCommandSpec();
          return new Mistake(spec.qualifiedName(), unknown(spec, word, arguments, others));
        }
      }
    }
    var spec = fault.getCommandLine().getCommandSpec();
    return new Mistake(spec.qualifiedName(), found(fault, spec, arguments));
  }

  /// Returns what people are told: what is wrong, and where it is written how it is right.
  public List<String> lines() {
    return List.of(command + ": " + Printable.of(what), "see: " + command + " -h");
  }

  private static List<CommandLine> down(CommandLine line) {
    var lines = new ArrayList<CommandLine>();
    for (CommandLine at = line; at != null; at = at.getParent()) {
      lines.addFirst(at);
    }
    return lines;
  }

  private static boolean isOption(String word) {
    return word.startsWith("-") && word.length() > 1;
  }

  /// Returns the word as it was typed; the parser takes short options apart.
  private static String whole(String word, List<String> arguments) {
    if (arguments.contains(word)) {
      return word;
    }
    return arguments.stream()
        .filter(typed -> isOption(typed) && typed.endsWith(word.substring(1)))
        .findFirst()
        .orElse(word);
  }

  private static String unknown(
      CommandSpec spec, String word, List<String> arguments, Supplier<List<CommandSpec>> others) {
    var typed = whole(word, arguments);
    var name = typed.contains("=") ? typed.substring(0, typed.indexOf('=')) : typed;
    var owners = others.get().stream().filter(other -> other.findOption(name) != null).toList();
    return "unknown option "
        + name
        + (spec.parent() == null
            ? elsewhere(name, owners, arguments).or(() -> meant(spec, name, word)).orElse("")
            : owned(owners).or(() -> meant(spec, name, word)).orElse(asFile(spec, typed)));
  }

  private static Optional<String> elsewhere(
      String name, List<CommandSpec> owners, List<String> arguments) {
    return owners.stream()
        .filter(owner -> arguments.contains(owner.name()))
        .findFirst()
        .map(owner -> "; write it after the command: blkdelta " + owner.name() + " " + name);
  }

  private static Optional<String> owned(List<CommandSpec> owners) {
    var names = owners.stream().map(CommandSpec::name).toList();
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of("; " + listed(names, "and") + (names.size() == 1 ? " has it" : " have it"));
  }

  private static Optional<String> meant(CommandSpec spec, String name, String word) {
    return Suggestion.option(name, names(spec))
        .or(() -> Suggestion.option(word, names(spec)))
        .map(meant -> "; did you mean " + meant + "?");
  }

  private static String asFile(CommandSpec spec, String typed) {
    return spec.positionalParameters().isEmpty() || typed.startsWith("--")
        ? ""
        : "; if it is a file, write ./" + typed;
  }

  private static List<String> names(CommandSpec spec) {
    return spec.options().stream()
        .filter(option -> !option.hidden())
        .flatMap(option -> Stream.of(option.names()))
        .toList();
  }

  private static String found(ParameterException fault, CommandSpec spec, List<String> arguments) {
    return switch (fault) {
      case UnmatchedArgumentException surplus -> surplus(spec, surplus.getUnmatched());
      case MissingParameterException missing -> missing(spec, missing.getMissing(), arguments);
      case OverwrittenOptionException twice -> name(twice.getOverwritten()) + " is given twice";
      case MutuallyExclusiveArgsException several -> exclusive(spec, arguments);
      default -> {
        var argument = fault.getArgSpec();
        yield argument == null
            ? String.valueOf(fault.getMessage())
            : value(argument, Objects.requireNonNullElse(fault.getValue(), ""), fault);
      }
    };
  }

  private static String surplus(CommandSpec spec, List<String> words) {
    return "\"" + words.getFirst() + "\" is one argument too many" + usage(spec);
  }

  /// Returns what is wrong with a word that stands where a command should.
  ///
  /// @param known the commands
  public static Mistake command(String word, List<String> known) {
    return new Mistake("blkdelta", unknownCommand(word, known));
  }

  private static String unknownCommand(String word, List<String> known) {
    if (word.contains("/") || word.contains(":")) {
      return "\"" + word + "\" is not a command; a command comes first, such as copy or sync";
    }
    return "unknown command \""
        + word
        + "\""
        + Suggestion.command(word, known).map(meant -> "; did you mean " + meant + "?").orElse("");
  }

  private static String missing(CommandSpec spec, List<ArgSpec> missing, List<String> arguments) {
    for (var argument : missing) {
      if (argument instanceof OptionSpec option && isGiven(option, arguments)) {
        return name(option) + ": a value is missing: " + form(option);
      }
    }
    var first = missing.getFirst();
    var forms =
        (first.isPositional() ? from(spec, first) : missing.stream()).map(Mistake::form).toList();
    return listed(forms, "and")
        + (forms.size() == 1 ? " is missing" : " are missing")
        + (first.isPositional() ? usage(spec) : "");
  }

  /// Returns an operand and those after it, of which the parser names only the first.
  private static Stream<? extends ArgSpec> from(CommandSpec spec, ArgSpec first) {
    return spec.positionalParameters().stream()
        .dropWhile(operand -> operand != first)
        .filter(operand -> operand.arity().min() > 0);
  }

  private static boolean isGiven(OptionSpec option, List<String> arguments) {
    return Stream.of(option.names())
        .anyMatch(name -> arguments.stream().anyMatch(word -> word.startsWith(name)));
  }

  private static String exclusive(CommandSpec spec, List<String> arguments) {
    var given =
        spec.argGroups().stream()
            .filter(group -> group.exclusive())
            .flatMap(group -> group.allOptionsNested().stream())
            .filter(option -> isGiven(option, arguments))
            .map(Mistake::name)
            .collect(Collectors.joining(" and "));
    return given + " exclude each other; use one of them";
  }

  private static String value(ArgSpec argument, String value, ParameterException fault) {
    var given = name(argument) + separator(argument) + value + ": ";
    var words = words(argument);
    if (!words.isEmpty()) {
      return given
          + "write "
          + listed(words, "or")
          + Suggestion.nearest(value, words)
              .map(meant -> "; did you mean " + meant + "?")
              .orElse("");
    }
    var type = argument.auxiliaryTypes()[0];
    if (type == boolean.class || type == Boolean.class) {
      return name(argument) + " takes no value";
    }
    if (argument.converters().length > 0 && fault.getCause() != null) {
      return given + fault.getCause().getMessage();
    }
    return given
        + (Number.class.isAssignableFrom(type) || type.isPrimitive()
            ? "write a number"
            : "cannot be the name of a file here");
  }

  private static List<String> words(ArgSpec argument) {
    var candidates = argument.completionCandidates();
    return candidates == null
        ? List.of()
        : StreamSupport.stream(candidates.spliterator(), false)
            .map(word -> word.toLowerCase(Locale.ROOT))
            .toList();
  }

  private static String listed(List<String> words, String last) {
    return words.size() == 1
        ? words.getFirst()
        : String.join(", ", words.subList(0, words.size() - 1))
            + " "
            + last
            + " "
            + words.getLast();
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  /// Returns how it is written.
  private static String form(ArgSpec argument) {
    var label = argument.paramLabel().replace("...", "");
    return argument instanceof OptionSpec option
        ? option.longestName() + separator(option) + label
        : label;
  }

  private static String separator(ArgSpec argument) {
    return name(argument).startsWith("--") ? "=" : " ";
  }

  private static String usage(CommandSpec spec) {
    var synopsis = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0);
    return "; usage: " + synopsis.strip().replaceAll("\\s+", " ");
  }
}
