package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class StoreUsageTest {

  @Test
  void the_rest_lasts_as_long_as_the_rate_says() {
    assertEquals(new StoreUsage(250, 1000, OptionalLong.of(75)), StoreUsage.of(250, 1000, 100, 10));
    assertEquals(new StoreUsage(1000, 1000, OptionalLong.of(0)), StoreUsage.of(1000, 1000, 1, 10));
  }

  @Test
  void what_does_not_grow_has_no_end() {
    assertEquals(OptionalLong.empty(), StoreUsage.of(250, 1000, 0, 10).secondsToFull());
    assertEquals(OptionalLong.empty(), StoreUsage.of(250, 1000, -5, 10).secondsToFull());
    assertEquals(OptionalLong.empty(), StoreUsage.of(250, 1000, 5, 0).secondsToFull());
  }

  @Test
  void an_end_that_is_farther_than_thirty_days_is_not_predicted() {
    long month = 30L * 24 * 3600;
    assertEquals(OptionalLong.of(month), StoreUsage.of(0, month, 1, 1).secondsToFull());
    assertEquals(OptionalLong.empty(), StoreUsage.of(0, month + 1, 1, 1).secondsToFull());
    assertEquals(OptionalLong.empty(), StoreUsage.of(0, Long.MAX_VALUE, 1, 1e9).secondsToFull());
  }

  @Test
  void the_share_is_a_part_of_one() {
    assertEquals(0.25, StoreUsage.of(250, 1000, 0, 0).share());
    assertEquals(0.3333, StoreUsage.of(1, 3, 0, 0).roundedShare());
  }
}
