package org.blkdelta.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import org.blkdelta.cli.Cli;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ListedSource;
import org.junit.jupiter.api.Test;

class HeatMapTest {

  private static final int MEBIBYTE = 1 << 20;

  @Test
  void cells_are_darker_the_more_of_them_changed() throws IOException {
    assertEquals(
        List.of(
            " ·░▒▓█·░░▓",
            " each cell 4 KiB: · unchanged, ░ up to a third, ▒ two thirds, ▓ more, █ all of it"),
        drawn(
            9 * 4096,
            12,
            true,
            data(4096, 1),
            data(2 * 4096 + 50, 1400),
            data(3 * 4096, 4095),
            data(4 * 4096, 4096),
            data(7 * 4096 - 1, 2),
            data(8 * 4096, 1400),
            data(8 * 4096 + 2000, 1400)));
  }

  @Test
  void a_terminal_without_unicode_gets_letters() throws IOException {
    var lines = drawn(4096 * 4, 80, false, data(4096, 4096), data(12_288, 10));
    assertEquals(" .#.-", lines.get(0));
    assertTrue(lines.get(1).contains("# all of it"), lines.get(1));
  }

  @Test
  void a_cell_is_never_smaller_than_a_page() throws IOException {
    assertEquals(" █", drawn(4096, 80, true, data(0, 4096)).get(0));
    assertEquals(" ░", drawn(100, 80, true, data(0, 1)).get(0));
    assertEquals(" ·█", drawn(8192, 80, true, data(4096, 4096)).get(0));
  }

  @Test
  void a_large_volume_has_sixteen_lines_of_the_terminals_width() throws IOException {
    var lines = drawn(1L << 40, 82, true, data((1L << 40) - 4096, 4096));
    assertEquals(17, lines.size());
    for (var line : lines.subList(0, 16)) {
      assertEquals(81, line.length());
    }
    assertTrue(lines.get(15).endsWith("·░"), lines.get(15));
  }

  @Test
  void an_extent_over_many_cells_fills_them() throws IOException {
    var lines = drawn(16L * MEBIBYTE, 18, true, data(0, 16L * MEBIBYTE));
    assertEquals(
        List.of(" " + "█".repeat(16)),
        lines.subList(0, lines.size() - 1).stream().distinct().toList());
  }

  @Test
  void whatever_the_sizes_the_borders_of_the_cells_fit() throws IOException {
    for (long size :
        new long[] {
          1, 4095, 4097, 12_345_678, 1L << 40, (1L << 53) + 12_345, 1L << 60, Long.MAX_VALUE
        }) {
      for (int width : new int[] {3, 60, 79, 100}) {
        var whole = drawn(size, width, true, data(0, size));
        var what = "%d bytes in %d columns".formatted(size, width);
        assertEquals(
            List.of("█"),
            whole.subList(0, whole.size() - 1).stream()
                .flatMap(line -> line.strip().chars().mapToObj(Character::toString))
                .distinct()
                .toList(),
            what);
        var last = drawn(size, width, true, data(size - 1, 1)).get(whole.size() - 2);
        assertTrue(size == 1 ? last.endsWith("█") : last.endsWith("░"), what);
      }
    }
  }

  @Test
  void a_volume_of_no_bytes_is_drawn_too() throws IOException {
    assertEquals(" ·", drawn(0, 80, true).get(0));
  }

  private static List<String> drawn(long size, int width, boolean unicode, Extent... extents)
      throws IOException {
    var out = new ByteArrayOutputStream();
    var print = new PrintStream(out, true, UTF_8);
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            out,
            print,
            print,
            false,
            false,
            width,
            unicode,
            Cli.MEMORY,
            Progress.unasked());
    HeatMap.of(new ListedSource(new DryDisk("web", size), extents), streams).print(print);
    return out.toString(UTF_8).lines().toList();
  }

  private static Extent data(long offset, long length) {
    return new Extent(offset, length, Extent.Kind.DATA);
  }
}
