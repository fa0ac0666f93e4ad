package org.blkdelta.migrate;

import java.io.IOException;
import java.util.regex.Pattern;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// Counts how much is sent in each of up to 256 equal columns of a disk. In words it is a digit for
/// each: 0 for nothing, 9 for a quarter of it or more, and one less for each fourth part of that.
/// What is sent again counts again.
final class Spread implements FrameSink {

  /// How many columns there are, at most.
  static final int MAX_COLUMNS = 256;

  /// The digit of a column that was sent.
  static final int MAX_LEVEL = 9;

  private static final int MIN_COLUMN_BYTES = 4096;
  private static final Pattern TEXT = Pattern.compile("[0-9]{1," + MAX_COLUMNS + "}");

  private long size;
  private long[] sent = {};

  /// Takes what is sent, which begins with a header. One run may have several, of one disk.
  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> begin(header.stream().volumeSize());
      case Frame.Data data -> add(data.offset(), data.bytes().remaining());
      case Frame.Zero zero -> add(zero.offset(), zero.length());
      case Frame.Expect expect -> {}
      case Frame.End end -> {}
    }
  }

  private void begin(long volumeSize) {
    if (volumeSize != size) {
      size = volumeSize;
      sent = new long[Math.clamp(size / MIN_COLUMN_BYTES, 1, MAX_COLUMNS)];
    }
  }

  private void add(long offset, long length) {
    long end = Math.min(offset + length, size);
    int column = columnAt(offset);
    for (long at = Math.max(0, offset); at < end; column++) {
      long until = Math.min(end, startOf(column + 1));
      sent[column] += until - at;
      at = until;
    }
  }

  /// Returns the last column that begins at or before an offset.
  private int columnAt(long offset) {
    int low = 0;
    for (int high = sent.length; high - low > 1; ) {
      int middle = (low + high) / 2;
      if (startOf(middle) <= offset) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Divides before it multiplies: size times columns may not fit.
  private long startOf(int column) {
    return size / sent.length * column + size % sent.length * column / sent.length;
  }

  /// Returns it in words; of a disk of unknown size, nothing.
  String text() {
    var text = new StringBuilder();
    for (int i = 0; i < sent.length && size > 0; i++) {
      text.append(level(sent[i], startOf(i + 1) - startOf(i)));
    }
    return text.toString();
  }

  private static int level(long bytes, long whole) {
    if (bytes <= 0) {
      return 0;
    }
    int level = MAX_LEVEL;
    for (long part = whole / 4; level > 1 && bytes < part; part /= 4) {
      level--;
    }
    return level;
  }

  /// Returns whether a text is one that this wrote.
  static boolean isText(String text) {
    return TEXT.matcher(text).matches();
  }
}
