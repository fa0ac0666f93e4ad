package org.blkdelta.report;

import java.io.IOException;
import java.io.PrintStream;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.Sizes;

/// A volume drawn as lines of cells, each darker the more of its part changed.
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

  private HeatMap(long size, int width, String shades) {
    this.size = size;
    this.shades = shades;
    this.columns = Math.max(1, width - FRAME);
    // a cell is no smaller than 4 KiB
    long cells = Math.clamp(size / 4096, 1, (long) columns * MAX_LINES);
    this.lines = (int) Math.ceilDiv(cells, columns);
    this.changed = new long[(int) Math.min(cells, (long) columns * lines)];
  }

  /// Draws the changes of a source for the terminal behind `streams`.
  public static HeatMap of(ChangeSource source, Streams streams) throws IOException {
    var map =
        new HeatMap(
            source.disk().size(),
            streams.width(),
            streams.unicode() ? UNICODE_SHADES : ASCII_SHADES);
    source.changes(map::add);
    source.checkStillTrue();
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
        " each cell %s: %c unchanged, %c up to a third, %c two thirds, %c more, %c all of it%n",
        Sizes.binary(Math.max(1, size / changed.length)),
        shades.charAt(0),
        shades.charAt(1),
        shades.charAt(2),
        shades.charAt(3),
        shades.charAt(4));
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
