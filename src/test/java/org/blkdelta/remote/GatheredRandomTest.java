package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class GatheredRandomTest {

  private final GatheredRandom random = new GatheredRandom();

  @Test
  void no_byte_is_given_twice() {
    var seen = new HashSet<Long>();
    var given = new byte[5 * Long.BYTES]; // no divisor of what is drawn at once
    for (int time = 0; time < 1000; time++) {
      random.fill(given);
      for (var number = ByteBuffer.wrap(given); number.hasRemaining(); ) {
        assertTrue(seen.add(number.getLong()));
      }
    }
  }

  @Test
  void only_what_was_asked_for_is_filled() {
    var bytes = new byte[10_000];
    random.fill(bytes, 100, 9_000);
    int outside = 0;
    int inside = 0;
    for (int at = 0; at < bytes.length; at++) {
      boolean asked = at >= 100 && at < 9_100;
      inside += asked && bytes[at] != 0 ? 1 : 0;
      outside += !asked && bytes[at] != 0 ? 1 : 0;
    }
    assertEquals(0, outside);
    assertTrue(inside > 8_500, "one in 256 is zero: " + inside);
  }

  @Test
  void numbers_are_below_their_bound_and_reach_it() {
    var seen = new HashSet<Integer>();
    for (int time = 0; time < 1000; time++) {
      int number = random.random(7);
      assertTrue(number >= 0 && number < 7);
      seen.add(number);
    }
    assertEquals(7, seen.size());
  }
}
