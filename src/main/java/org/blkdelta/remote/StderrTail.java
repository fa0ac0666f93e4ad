package org.blkdelta.remote;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// What a remote command prints to standard error: each line is passed on at once, if there are not
/// too many, and the last 8 KiB are kept. Written by one thread, read by any.
public final class StderrTail extends OutputStream {

  private static final int KEPT = 8 * 1024;
  private static final int MAX_LINE = 8 * 1024;

  private final Consumer<String> lines;
  private final Ration ration;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final StringBuilder tail = new StringBuilder();

  /// Passes whole lines, which are printable, to `lines`.
  public StderrTail(Consumer<String> lines) {
    this(lines, System::nanoTime);
  }

  StderrTail(Consumer<String> lines, LongSupplier clock) {
    this.lines = lines;
    this.ration = new Ration(clock);
  }

  @Override
  public synchronized void write(int b) {
    if (b == '\n') {
      end();
    } else {
      line.write(b);
      if (line.size() == MAX_LINE) {
        end();
      }
    }
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      write(bytes[i]);
    }
  }

  /// Passes on a last line that has no end.
  @Override
  public synchronized void close() {
    if (line.size() > 0) {
      end();
    }
    tellWithheld();
  }

  /// Returns the last lines, at most 8 KiB, without the last line's end.
  public synchronized String text() {
    var unfinished = text(line);
    return (tail + unfinished).strip();
  }

  private void end() {
    var text = text(line);
    line.reset();
    tail.append(text).append('\n');
    if (tail.length() > KEPT) {
      int excess = tail.length() - KEPT;
      int lineEnd = tail.indexOf("\n", excess);
      tail.delete(0, lineEnd >= 0 && lineEnd < tail.length() - 1 ? lineEnd + 1 : excess);
    }
    if (ration.allows(text.length())) {
      tellWithheld();
      lines.accept(text);
    }
  }

  private void tellWithheld() {
    long count = ration.takeWithheld();
    if (count > 0) {
      lines.accept("(%d more lines came too fast, and are not shown)".formatted(count));
    }
  }

  private static String text(ByteArrayOutputStream line) {
    var text = line.toString(StandardCharsets.UTF_8);
    return Names.printable(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
  }
}
