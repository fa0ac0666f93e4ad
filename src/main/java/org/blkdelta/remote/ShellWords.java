package org.blkdelta.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.blkdelta.failure.UsageException;

/// Words of a shell's command line: quoting them for the remote shell, and splitting what a user
/// wrote as one argument.
public final class ShellWords {

  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_/.:@+,-]+");

  private ShellWords() {}

  /// Returns a command line that a remote login shell splits into exactly these words. It is safe
  /// for POSIX shells and for fish, which would interpret quotes and backslashes inside of single
  /// quotes: they stand outside.
  public static String join(List<String> words) {
    return words.stream().map(ShellWords::quote).collect(Collectors.joining(" "));
  }

  /// Returns one word, quoted where it needs to be.
  public static String quote(String word) {
    if (SAFE.matcher(word).matches()) {
      return word;
    }
    var quoted = new StringBuilder("'");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      quoted.append(c == '\'' || c == '\\' ? "'\\" + c + "'" : String.valueOf(c));
    }
    return quoted.append('\'').toString();
  }

  /// Splits like a shell, without expanding anything: words end at white space, single quotes keep
  /// everything, double quotes keep everything but a backslash before a quote or a backslash.
  public static List<String> split(String text) throws UsageException {
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\'
          && quote != '\''
          && i + 1 < text.length()
          && escapes(text.charAt(i + 1), quote)) {
        word.append(text.charAt(++i));
        inWord = true;
      } else if (quote != 0 ? c == quote : c == '\'' || c == '"') {
        quote = quote == 0 ? c : 0;
        inWord = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
        }
        inWord = false;
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw new UsageException("\"" + Names.printable(text) + "\": a quote is not closed");
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  private static boolean escapes(char c, char quote) {
    return quote == 0 || c == '"' || c == '\\';
  }
}
