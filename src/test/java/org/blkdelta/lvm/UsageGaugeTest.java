package org.blkdelta.lvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.lvm.SnapshotVolume.Status;
import org.junit.jupiter.api.Test;

class UsageGaugeTest {

  private static final long SECOND = 1_000_000_000;

  private long now = 7 * SECOND;
  private final UsageGauge gauge = new UsageGauge(() -> now);

  @Test
  void a_gauge_that_was_told_nothing_shows_nothing() {
    assertEquals(Optional.empty(), gauge.storeUsage());
  }

  @Test
  void it_shows_bytes() {
    tell(10, 100);
    assertEquals(
        Optional.of(new StoreUsage(5120, 51_200, OptionalLong.empty())), gauge.storeUsage());
  }

  @Test
  void a_rate_is_seen_after_ten_seconds() {
    for (int second = 0; second < 10; second++) {
      tell(10 + second, 100);
      assertEquals(OptionalLong.empty(), left(), "after " + second);
      now += SECOND;
    }
    tell(20, 100);
    assertEquals(OptionalLong.of(80), left());
  }

  @Test
  void a_rate_is_that_of_the_last_minute() {
    for (int second = 0; second < 100; second++, now += SECOND) {
      tell(10L * second, 10_000);
    }
    for (int second = 0; second < 60; second++, now += SECOND) {
      tell(1000 + second, 10_000);
    }
    tell(1060, 10_000);
    assertEquals(OptionalLong.of(8940), left());
  }

  @Test
  void a_store_that_rests_for_a_minute_has_no_end() {
    tell(10, 100);
    for (int second = 0; second <= 61; second++, now += SECOND) {
      tell(20, 100);
    }
    assertEquals(OptionalLong.empty(), left());
  }

  @Test
  void a_snapshot_that_takes_no_more_cannot_become_full() {
    tell(10, 100);
    gauge.accept(new Status(0, 0, true));
    assertEquals(Optional.empty(), gauge.storeUsage());
  }

  private void tell(long used, long total) {
    gauge.accept(new Status(used, total, false));
  }

  private OptionalLong left() {
    return gauge.storeUsage().orElseThrow().secondsToFull();
  }
}
