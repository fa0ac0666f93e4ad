package org.blkdelta.failure;

/// Text of unknown origin (a remote side, a path, a file) as it may be shown: it cannot steer a
/// terminal, turn the direction of the line, or pretend to be another line.
public final class Printable {

  private Printable() {}

  /// Returns a text with every control and format character but the tabulator replaced, and every
  /// character that is none by itself.
  public static String of(String text) {
    var shown = new StringBuilder(text.length());
    text.codePoints().map(c -> isPrintable(c) ? c : '?').forEach(shown::appendCodePoint);
    return shown.toString();
  }

  /// Returns the same, with no more than so many characters of it.
  public static String of(String text, int most) {
    return of(text.length() <= most ? text : text.substring(0, most) + " […]");
  }

  private static boolean isPrintable(int c) {
    return c == '\t'
        || switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED ->
              false;
          default -> true;
        };
  }
}
