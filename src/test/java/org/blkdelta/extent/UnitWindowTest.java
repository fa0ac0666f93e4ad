package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class UnitWindowTest {

  /// Chunks of a page of the bitmap.
  private static final int PAGE = 1 << 19;

  @Test
  void it_covers_its_span_and_nothing_else() {
    var window = new UnitWindow(1000);
    assertFalse(window.covers(999));
    assertTrue(window.covers(1000));
    assertTrue(window.covers(1000 + UnitWindow.SPAN - 1));
    assertFalse(window.covers(1000 + UnitWindow.SPAN));
    assertFalse(window.covers(-1));
    assertFalse(window.covers(Long.MAX_VALUE));
    assertEquals(1000 + UnitWindow.SPAN, window.end());
  }

  @Test
  void an_empty_window_has_no_member_and_its_first_gap_at_once() {
    var window = new UnitWindow(77);
    assertEquals(-1, window.nextMember(77));
    assertEquals(77, window.nextGap(77));
    assertEquals(-1, window.nextMember(window.end()));
    assertEquals(window.end(), window.nextGap(window.end()));
  }

  @Test
  void adding_tells_whether_it_was_new() {
    var window = new UnitWindow(0);
    assertTrue(window.add(5));
    assertFalse(window.add(5));
    assertTrue(window.add(UnitWindow.SPAN - 1));
    assertFalse(window.add(UnitWindow.SPAN - 1));
  }

  @Test
  void the_first_and_the_last_number_are_found() {
    var window = new UnitWindow(1L << 40);
    window.add(window.start());
    window.add(window.end() - 1);
    assertEquals(window.start(), window.nextMember(window.start()));
    assertEquals(window.start() + 1, window.nextGap(window.start()));
    assertEquals(window.end() - 1, window.nextMember(window.start() + 1));
    assertEquals(window.end(), window.nextGap(window.end() - 1));
  }

  @Test
  void a_run_over_the_borders_of_words_and_pages_is_one_run() {
    var window = new UnitWindow(13);
    long from = 13 + PAGE - 100;
    for (long chunk = from; chunk < from + 2L * PAGE; chunk++) {
      window.add(chunk);
    }
    assertEquals(from, window.nextMember(13));
    assertEquals(from + 2L * PAGE, window.nextGap(from));
    assertEquals(-1, window.nextMember(from + 2L * PAGE));
  }

  @Test
  void a_full_page_that_is_followed_by_none_ends_at_its_border() {
    var window = new UnitWindow(0);
    for (long chunk = 0; chunk < PAGE; chunk++) {
      window.add(chunk);
    }
    assertEquals(PAGE, window.nextGap(0));
    assertEquals(-1, window.nextMember(PAGE));
  }

  @Test
  void members_and_gaps_are_those_of_a_plain_set() {
    for (int seed = 0; seed < 30; seed++) {
      var random = new Random(seed);
      var window = new UnitWindow(random.nextLong(1L << 50));
      var plain = new TreeSet<Long>();
      for (int run = 0; run < 40; run++) {
        long from = window.start() + random.nextLong(UnitWindow.SPAN - 200);
        for (long chunk = from; chunk <= from + random.nextInt(200); chunk++) {
          assertEquals(plain.add(chunk), window.add(chunk), "seed " + seed);
        }
      }
      compare(window, plain, "seed " + seed);
    }
  }

  private static void compare(UnitWindow window, NavigableSet<Long> plain, String seed) {
    for (long chunk : plain) {
      for (long from = Math.max(window.start(), chunk - 2); from <= chunk + 2; from++) {
        var next = plain.ceiling(from);
        assertEquals(next == null ? -1 : next, window.nextMember(from), seed);
        assertEquals(firstGap(plain, from), window.nextGap(from), seed);
      }
    }
  }

  private static long firstGap(NavigableSet<Long> plain, long from) {
    long gap = from;
    while (plain.contains(gap)) {
      gap++;
    }
    return gap;
  }
}
