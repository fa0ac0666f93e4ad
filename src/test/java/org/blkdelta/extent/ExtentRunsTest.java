package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.blkdelta.extent.Extent.Kind;
import org.junit.jupiter.api.Test;

class ExtentRunsTest {

  @Test
  void neighbours_of_one_kind_are_joined() throws IOException {
    assertEquals(
        List.of(data(0, 12), data(20, 5)), through(100, data(0, 4), data(4, 8), data(20, 5)));
  }

  @Test
  void neighbours_of_different_kinds_stay_apart() throws IOException {
    assertEquals(
        List.of(data(0, 4), zero(4, 8), data(12, 1)),
        through(100, data(0, 4), zero(4, 4), zero(8, 4), data(12, 1)));
  }

  @Test
  void what_reaches_beyond_the_disk_is_clipped_and_what_lies_behind_it_dropped()
      throws IOException {
    assertEquals(List.of(data(0, 10)), through(10, data(0, 4), data(4, 100), data(104, 5)));
    assertEquals(List.of(), through(10, data(10, 1), data(11, 1)));
    assertEquals(List.of(), through(0, data(0, 1)));
  }

  @Test
  void nothing_in_is_nothing_out() throws IOException {
    assertEquals(List.of(), through(10));
  }

  @Test
  void what_overlaps_or_goes_back_is_a_bug_of_its_source() {
    assertThrows(IllegalStateException.class, () -> through(100, data(10, 5), data(14, 5)));
    assertThrows(IllegalStateException.class, () -> through(100, data(10, 5), data(0, 5)));
    assertThrows(IllegalStateException.class, () -> through(100, data(10, 5), zero(10, 5)));
  }

  @Test
  void an_extent_goes_on_as_soon_as_the_next_one_is_apart_from_it() throws IOException {
    var out = new ArrayList<Extent>();
    var runs = new ExtentRuns(100, out::add);
    runs.accept(data(0, 4));
    assertEquals(List.of(), out);
    runs.accept(data(8, 4));
    assertEquals(List.of(data(0, 4)), out);
    runs.finish();
    assertEquals(List.of(data(0, 4), data(8, 4)), out);
  }

  @Test
  void the_last_run_waits_for_the_end() throws IOException {
    var told = new ArrayList<Extent>();
    var runs = new ExtentRuns(100, told::add);
    runs.accept(data(0, 4));
    assertEquals(List.of(), told);
    runs.finish();
    runs.finish();
    assertEquals(List.of(data(0, 4)), told);
  }

  @Test
  void whatever_comes_in_the_same_bytes_leave_in_fewer_runs() throws IOException {
    for (int seed = 0; seed < 500; seed++) {
      var in = ascending(new Random(seed), 1000);
      int size = new Random(seed).nextInt(1200);
      var out = through(size, in.toArray(Extent[]::new));
      assertEquals(painted(in, size), painted(out, size), "seed " + seed);
      for (int at = 1; at < out.size(); at++) {
        var before = out.get(at - 1);
        boolean joined = before.end() < out.get(at).offset() || before.kind() != out.get(at).kind();
        assertEquals(true, joined, "seed " + seed);
      }
    }
  }

  @Test
  void totals_count_both_kinds() throws IOException {
    var source = new ListedSource(new byte[100], data(0, 4), zero(4, 8), data(50, 1));
    assertEquals(new Totals(2, 5, 8), Totals.of(source), "data and zeros beside it are one run");
    assertEquals(13, Totals.of(source).bytes());
  }

  private static List<Extent> ascending(Random random, int end) {
    var extents = new ArrayList<Extent>();
    for (int at = random.nextInt(20); at < end; ) {
      int length = 1 + random.nextInt(30);
      extents.add(random.nextBoolean() ? data(at, length) : zero(at, length));
      at += length + Math.max(0, random.nextInt(20) - 10);
    }
    return extents;
  }

  private static String painted(List<Extent> extents, int size) {
    var bytes = new StringBuilder(".".repeat(size));
    for (var extent : extents) {
      for (long at = extent.offset(); at < Math.min(size, extent.end()); at++) {
        bytes.setCharAt((int) at, extent.kind() == Kind.DATA ? 'd' : 'z');
      }
    }
    return bytes.toString();
  }

  private static List<Extent> through(long size, Extent... extents) throws IOException {
    var out = new ArrayList<Extent>();
    var runs = new ExtentRuns(size, out::add);
    for (var extent : extents) {
      runs.accept(extent);
    }
    runs.finish();
    return out;
  }

  private static Extent data(long offset, long length) {
    return new Extent(offset, length, Kind.DATA);
  }

  private static Extent zero(long offset, long length) {
    return new Extent(offset, length, Kind.ZERO);
  }
}
