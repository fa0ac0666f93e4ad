package org.blkdelta.report;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Standard error, at whose end a line may stand that is drawn over, or one for each of several
/// things. Whatever else is printed removes them first, and a question keeps them away until it is
/// answered. Threads may share it; they ask one after the other.
final class StatusLine extends PrintStream {

  private static final String CLEAR = "\r\u001b[K";
  private static final String UP = "\u001b[A";

  private final PrintStream to;
  private final Object asking = new Object();

  /// The lines by what they are of, the first one at the top.
  private final Map<String, String> lines = new LinkedHashMap<>();

  /// How many of them are on the terminal.
  private int drawn;

  private boolean isKeptAway;

  private StatusLine(PrintStream to) {
    super(to, true, to.charset());
    this.to = to;
  }

  /// Returns `to` with such a line.
  static StatusLine of(PrintStream to) {
    return to instanceof StatusLine already ? already : new StatusLine(to);
  }

  /// Draws the line of something over the one that is there.
  ///
  /// @param of what it is of; nothing for what goes on alone
  /// @param text of one line, which fits into the terminal's width
  synchronized void draw(String of, String text) {
    if (!isKeptAway) {
      lines.put(of, text);
      to.print(erasing() + String.join("\n", lines.values()));
      to.flush();
      drawn = lines.size();
    }
  }

  /// Removes the line of something.
  synchronized void clear(String of) {
    clear();
    lines.remove(of);
  }

  /// Removes all lines. Those that have a name come back when the next one is drawn.
  private synchronized void clear() {
    if (drawn > 0) {
      to.print(erasing());
      to.flush();
      drawn = 0;
    }
    lines.remove("");
  }

  private String erasing() {
    return CLEAR + (UP + CLEAR).repeat(Math.max(0, drawn - 1));
  }

  /// Asks a question. There is no line until it is answered.
  <T> T keptAwayFrom(Supplier<T> question) {
    synchronized (asking) {
      keepAway(true);
      try {
        return question.get();
      } finally {
        keepAway(false);
      }
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
