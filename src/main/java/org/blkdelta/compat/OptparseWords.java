package org.blkdelta.compat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/// Reads a command's words as Ruby's optparse does, and hands them on in one form: each option
/// once, by a long name and with its value attached, then the operands.
///
/// Other than picocli, optparse takes any beginning of a long name that only one has, in any case;
/// the last of several values; and as a value whatever follows, a dash at its start or not. See
/// Ruby's documentation of `OptionParser`.
final class OptparseWords implements IParameterPreprocessor {

  private static final String NO = "no-";

  @Override
  @SuppressWarnings("JdkObsolete") // picocli's own signature
  public boolean preprocess(
      Stack<String> arguments,
      CommandSpec command,
      @Nullable ArgSpec option,
      Map<String, Object> info) {
    command.parser().allowOptionsAsOptionParameters(true);
    var words = new ArrayDeque<String>();
    while (!arguments.isEmpty()) {
      words.add(arguments.pop());
    }
    var read = new Reading(command, words).read();
    read.reversed().forEach(arguments::push);
    return false; // the parser goes on with these
  }

  /// One command line, read from its first word to its last.
  private static final class Reading {

    private final CommandSpec command;
    private final Deque<String> words;
    private final Map<OptionSpec, String> given = new LinkedHashMap<>();
    private final List<String> operands = new ArrayList<>();

    Reading(CommandSpec command, Deque<String> words) {
      this.command = command;
      this.words = words;
    }

    List<String> read() {
      while (!words.isEmpty()) {
        var word = words.remove();
        if (word.equals("--")) {
          operands.addAll(words);
          break;
        }
        var last =
            word.startsWith("--")
                ? byLongName(word.substring(2))
                : word.startsWith("-") && word.length() > 1
                    ? byShortNames(word.substring(1))
                    : operand(word);
        if (last.isPresent()) {
          return List.of(last.get()); // the parser says what it is
        }
      }
      var all = new ArrayList<>(given.values());
      all.add("--");
      all.addAll(operands);
      return all;
    }

    private Optional<String> operand(String word) {
      operands.add(word);
      return Optional.empty();
    }

    /// Returns the word that ends the reading: one that asks for help or the version, one that is
    /// not known, or one that lacks its value.
    private Optional<String> byLongName(String text) {
      int sign = text.indexOf('=');
      var start = sign < 0 ? text : text.substring(0, sign);
      var name = longName(start);
      if (name.isEmpty()) {
        return Optional.of("--" + start);
      }
      var option = optionOf(name.get());
      if (option.arity().max() == 0) {
        if (sign >= 0) {
          throw new ParameterException(
              command.commandLine(), "--" + name.get() + " takes no value; leave it out");
        }
        return flag(option, "--" + name.get());
      }
      return sign < 0 ? value(option) : value(option, text.substring(sign + 1));
    }

    private Optional<String> byShortNames(String letters) {
      for (int i = 0; i < letters.length(); i++) {
        var option = command.findOption(letters.charAt(i));
        if (option == null) {
          return Optional.of("-" + letters.charAt(i));
        }
        if (option.arity().max() > 0) {
          var rest = letters.substring(i + 1);
          return rest.isEmpty() ? value(option) : value(option, rest);
        }
        var end = flag(option, option.longestName());
        if (end.isPresent()) {
          return end;
        }
      }
      return Optional.empty();
    }

    private Optional<String> flag(OptionSpec option, String name) {
      if (option.usageHelp() || option.versionHelp()) {
        return Optional.of(name);
      }
      return put(option, name);
    }

    private Optional<String> value(OptionSpec option) {
      return words.isEmpty() ? Optional.of(option.longestName()) : value(option, words.remove());
    }

    private Optional<String> value(OptionSpec option, String value) {
      return put(option, option.longestName() + "=" + value);
    }

    private Optional<String> put(OptionSpec option, String word) {
      given.remove(option); // the last one counts
      given.put(option, word);
      return Optional.empty();
    }

    /// Returns the one name that starts like this, whole names first.
    private Optional<String> longName(String start) {
      var names = longNames();
      if (names.contains(start)) {
        return Optional.of(start);
      }
      var small = start.toLowerCase(Locale.ROOT);
      if (names.contains(small)) {
        return Optional.of(small);
      }
      var fitting = names.stream().filter(name -> name.startsWith(small)).toList();
      if (fitting.size() > 1) {
        throw new ParameterException(
            command.commandLine(),
            "--%s: can be --%s; write more of it".formatted(start, String.join(" or --", fitting)));
      }
      return fitting.stream().findFirst();
    }

    private List<String> longNames() {
      var names = new ArrayList<String>();
      for (var option : command.options()) {
        for (var name : option.names()) {
          if (name.startsWith("--")) {
            names.add(name.substring(2));
            if (option.negatable()) {
              names.add(NO + name.substring(2));
            }
          }
        }
      }
      return names;
    }

    private OptionSpec optionOf(String name) {
      var option = command.findOption(name);
      return option != null ? option : command.findOption(name.substring(NO.length()));
    }
  }
}
