package org.blkdelta.usage;

/// Text in lines of a width: paragraphs, and rows of a name and what it is.
final class Rows {

  /// Where the second column begins.
  private static final int COLUMN = 25;

  private final int width;
  private final StringBuilder text = new StringBuilder();

  /// @param width most columns of a line
  Rows(int width) {
    this.width = width;
  }

  /// Adds a line as it is.
  Rows line(String line) {
    text.append(line.stripTrailing()).append('\n');
    return this;
  }

  /// Adds a paragraph.
  Rows paragraph(String words) {
    return wrapped("", words, 0);
  }

  /// Adds a row of two columns.
  Rows row(String name, String words) {
    return wrapped(name, words, COLUMN);
  }

  /// Adds a row whose second column begins elsewhere.
  Rows wrapped(String first, String words, int column) {
    var line = new StringBuilder(first);
    if (column > 0 && line.length() > column - 2) {
      line(line.toString());
      line.setLength(0);
    }
    line.append(" ".repeat(Math.max(0, column - line.length())));
    boolean isFresh = true;
    for (var word : words.split(" ")) {
      if (!isFresh && line.length() + 1 + word.length() > width) {
        line(line.toString());
        line.setLength(0);
        line.append(" ".repeat(column));
        isFresh = true;
      }
      line.append(isFresh ? "" : " ").append(word);
      isFresh = false;
    }
    return line(line.toString());
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
