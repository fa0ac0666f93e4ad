package org.blkdelta.cli;

import java.util.Locale;

/// Text in roff's language, as man-pages(7) and groff_man(7) want it and `mandoc -Tlint` checks it.
final class Roff {

  /// Before lines that are shown as they are, and after them.
  static final String EXAMPLE = ".in +4n\n.EX\n";

  static final String END_OF_EXAMPLE = ".EE\n.in\n";

  /// When the pages were last looked through as a whole. They say no other date, so that they are
  /// the same whenever they are made.
  private static final String DATE = "2026-11-28";

  /// The most bytes of a line.
  private static final int WIDTH = 80;

  private Roff() {}

  /// Returns the first lines of a page: no hyphens in options and paths, no stretched blanks.
  ///
  /// @param made what the page is made from
  static String head(String made, String name, String section, String manual) {
    return """
        .\\" Made from %s; see docs/development.md.
        .TH "%s" "%s" "%s" "blkdelta" "%s"
        .nh
        .ad l
        """
        .formatted(made, escaped(name).toUpperCase(Locale.ROOT), section, DATE, manual);
  }

  /// Returns text with every letter as it is.
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

  /// Returns lines of text to be filled: each sentence begins one, and none is too long.
  static String filled(String text) {
    var lines = new StringBuilder();
    for (var sentence : text.split("(?<=[.?]) (?=[A-Z])", -1)) {
      var line = new StringBuilder();
      for (var word : sentence.split(" ", -1)) {
        if (!line.isEmpty() && guarded(line + " " + word).length() > WIDTH) {
          lines.append(guarded(line.toString())).append('\n');
          line.setLength(0);
        }
        line.append(line.isEmpty() ? "" : " ").append(word);
      }
      lines.append(guarded(line.toString())).append('\n');
    }
    return lines.toString();
  }

  /// Returns a line that stays one. Where its escapes make it too long, it goes on in the next.
  static String kept(String line) {
    var left = guarded(line);
    var lines = new StringBuilder();
    while (left.length() > WIDTH) {
      int end = left.lastIndexOf(' ', WIDTH - 2) + 1;
      if (end == 0) {
        break;
      }
      lines.append(left, 0, end).append("\\\n");
      left = left.substring(end);
    }
    return lines.append(left).append('\n').toString();
  }

  /// Returns a line that is text: a full stop or quote at its start would be a request.
  private static String guarded(String line) {
    return line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line;
  }
}
