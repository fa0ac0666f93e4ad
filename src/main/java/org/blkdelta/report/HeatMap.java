package org.blkdelta.report;

import java.io.IOException;
import java.io.PrintStream;
import java.util.function.UnaryOperator;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;

/// A volume drawn as lines of cells, each darker the more of its part changed; a whole disk, the
/// more of it is data.
public final class HeatMap {

  private static final String UNICODE_SHADES = "·░▒▓█";
  private static final String ASCII_SHADES = ".-+*#";
  private static final int MAX_LINES = 16;
  private static final int FRAME = 2;

  private final long size;
  private final int columns;
  private final int lines;
  private final long[] changed;
  private final String shades;
  private final boolean isWhole;

  /// @param isWhole whether it is a whole disk, which has no changes
  private HeatMap(long size, Streams streams, boolean isWhole) {
    int width = streams.width();
    this.size = size;
    this.shades = streams.unicode() ? UNICODE_SHADES : ASCII_SHADES;
    this.isWhole = isWhole;
    this.columns = Math.max(1, width - FRAME);
    // a cell is no smaller than 4 KiB
    long cells = Math.clamp(size / 4096, 1, (long) columns * MAX_LINES);
    this.lines = (int) Math.ceilDiv(cells, columns);
    this.changed = new long[(int) Math.min(cells, (long) columns * lines)];
  }

  /// Draws the changes of a source for the terminal behind `streams`; of a whole disk, what it
  /// holds.
  public static HeatMap of(ChangeSource source, Streams streams) throws IOException {
    var map = new HeatMap(source.disk().size(), streams, source.lineage().isWhole());
    source.changes(map::take);
    source.checkStillTrue();
    return map;
  }

  /// Draws what a stream holds, which is read to its end.
  ///
  /// @param before what is done with each frame first
  /// @throws SourceException if it is damaged, or does not tell how large its volume is
  public static HeatMap of(
      FrameSource stream, String name, UnaryOperator<FrameSink> before, Streams streams)
      throws IOException {
    var header = stream.header();
    if (header.volumeSize() == 0) {
      throw new SourceException(
          name + ": does not tell how large its volume is, so there is no map; use --extents");
    }
    var map = new HeatMap(header.volumeSize(), streams, header.lineage().isWhole());
    stream.frames(before.apply(ExtentList.extents(name, header.volumeSize(), map::take)));
    return map;
  }

  public void print(PrintStream out) {
    for (int line = 0; line < lines; line++) {
      var text = new StringBuilder(" ");
      int end = Math.min(changed.length, (line + 1) * columns);
      for (int cell = line * columns; cell < end; cell++) {
        text.append(shade(cell));
      }
      out.println(text);
    }
    out.printf(
        " each cell %s: %c %s, %c up to a third, %c two thirds, %c more, %c all of it%n",
        Sizes.binary(Math.max(1, size / changed.length)),
        shades.charAt(0),
        isWhole ? "no data" : "unchanged",
        shades.charAt(1),
        shades.charAt(2),
        shades.charAt(3),
        shades.charAt(4));
  }

  private void take(Extent extent) {
    if (!isWhole || extent.kind() == Extent.Kind.DATA) {
      add(extent);
    }
  }

  private void add(Extent extent) {
    int cell = cellAt(extent.offset());
    for (long at = extent.offset(); at < extent.end(); cell++) {
      long end = Math.min(extent.end(), startOf(cell + 1));
      changed[cell] += end - at;
      at = end;
    }
  }

  private char shade(int cell) {
    long whole = startOf(cell + 1) - startOf(cell);
    if (changed[cell] == 0) {
      return shades.charAt(0);
    }
    return changed[cell] >= whole
        ? shades.charAt(4)
        : shades.charAt(1 + (int) (3.0 * changed[cell] / whole));
  }

  private int cellAt(long offset) {
    int cell = (int) Math.min(changed.length - 1, (long) ((double) offset / size * changed.length));
    while (cell > 0 && startOf(cell) > offset) {
      cell--;
    }
    while (startOf(cell + 1) <= offset) {
      cell++;
    }
    return cell;
  }

  /// Divides before it multiplies: size times cells may not fit.
  private long startOf(int cell) {
    return size / changed.length * cell + size % changed.length * cell / changed.length;
  }
}
