package org.blkdelta.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Puts the words of a command line into the order that the parser wants: the command first.
public final class WordOrder {

  private static final Set<String> HELP = Set.of("-h", "--help");
  private static final Set<String> FLAGS = Set.of("-v", "--verbose", "-q", "--quiet", "--json");
  private static final String PROGRESS = "--progress";

  private WordOrder() {}

  /// Returns the words in order: options that every run has may be typed before the command.
  public static List<String> of(List<String> arguments) {
    int command = firstBeyondOptions(arguments);
    var options = arguments.subList(0, command);
    var words = new ArrayList<>(arguments.subList(command, arguments.size()));
    if (words.isEmpty()) {
      return options.stream().filter(HELP::contains).limit(1).toList();
    }
    words.addAll(1, options);
    return words;
  }

  private static int firstBeyondOptions(List<String> arguments) {
    int at = 0;
    while (at < arguments.size()) {
      var word = arguments.get(at);
      if (FLAGS.contains(word) || HELP.contains(word) || word.startsWith(PROGRESS + "=")) {
        at++;
      } else if (word.equals(PROGRESS) && at + 1 < arguments.size()) {
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }
}
