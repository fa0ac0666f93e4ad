package org.blkdelta.report;

import java.io.PrintStream;
import java.util.function.Supplier;

/// Standard error, at whose end a line may stand that is drawn over. Whatever else is printed
/// removes that line first, and a question keeps it away until it is answered. Threads may share
/// it.
final class StatusLine extends PrintStream {

  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream to;
  private boolean isDrawn;
  private boolean isKeptAway;

  private StatusLine(PrintStream to) {
    super(to, true, to.charset());
    this.to = to;
  }

  /// Returns `to` with such a line.
  static StatusLine of(PrintStream to) {
    return to instanceof StatusLine already ? already : new StatusLine(to);
  }

  /// Draws the line over the one that is there.
  ///
  /// @param text of one line, which fits into the terminal's width
  synchronized void draw(String text) {
    if (!isKeptAway) {
      to.print(CLEAR + text);
      to.flush();
      isDrawn = true;
    }
  }

  /// Removes the line.
  synchronized void clear() {
    if (isDrawn) {
      isDrawn = false;
      to.print(CLEAR);
      to.flush();
    }
  }

  /// Asks a question. There is no line until it is answered.
  <T> T keptAwayFrom(Supplier<T> question) {
    keepAway(true);
    try {
      return question.get();
    } finally {
      keepAway(false);
    }
  }

  private synchronized void keepAway(boolean whether) {
    clear();
    isKeptAway = whether;
  }

  @Override
  public synchronized void write(int one) {
    clear();
    super.write(one);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    clear();
    super.write(bytes, offset, length);
  }
}
