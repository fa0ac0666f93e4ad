package org.blkdelta.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Packing takes 1.5 ms for each block of 1 MiB here; a network takes what it takes for each byte.
class PackingBudgetTest {

  private static final int BLOCK = 1 << 20;
  private static final long PACKING = 1_500_000;
  private static final long GIGABYTES = 1;
  private static final long TEN_MEGABYTES = 100;

  private final PackingBudget payoff = new PackingBudget();

  @Test
  void what_is_halved_is_packed_for_a_slow_network() {
    assertEquals(1000, packed(1000, BLOCK / 2, TEN_MEGABYTES));
  }

  @Test
  void the_same_is_only_tried_for_a_fast_one() {
    // pauses of 1, 2, 4 to 64 blocks, and of 64 from then on
    assertEquals(7 + (10_000 - 134) / 65 + 1, packed(10_000, BLOCK / 2, GIGABYTES));
  }

  @Test
  void what_cannot_be_packed_is_only_tried_for_either() {
    assertTrue(packed(10_000, BLOCK, TEN_MEGABYTES) < 170);
    assertTrue(packed(10_000, BLOCK, GIGABYTES) < 170);
  }

  @Test
  void one_block_that_cannot_be_packed_costs_one_more() {
    packed(100, BLOCK / 2, TEN_MEGABYTES);
    assertEquals(1, packed(1, BLOCK, TEN_MEGABYTES));
    assertEquals(99, packed(100, BLOCK / 2, TEN_MEGABYTES));
  }

  @Test
  void content_that_packs_better_is_noticed_after_the_longest_pause() {
    packed(10_000, BLOCK, TEN_MEGABYTES);
    assertTrue(packed(1000, BLOCK / 2, TEN_MEGABYTES) >= 1000 - 64);
  }

  @Test
  void a_network_that_becomes_slower_is_noticed_and_one_that_becomes_faster() {
    packed(10_000, BLOCK / 2, GIGABYTES);
    assertTrue(packed(1000, BLOCK / 2, TEN_MEGABYTES) >= 1000 - 64);
    assertTrue(packed(1000, BLOCK / 2, GIGABYTES) < 150);
  }

  @Test
  void writes_that_come_by_fits_and_starts_are_averaged() {
    int stored = 0;
    for (int block = 0; block < 1000; block++) {
      stored += payoff.isLikely() ? 0 : 1;
      block(BLOCK / 2, block % 4 == 3 ? 4 * TEN_MEGABYTES : 0);
    }
    assertTrue(stored < 20, stored + " stored");
  }

  @Test
  void packing_must_save_more_than_it_takes() {
    payoff.packed(BLOCK, BLOCK / 2, 1000, 1001);
    assertTrue(payoff.isLikely());
    payoff.packed(BLOCK, BLOCK / 2, 1001, 1000);
    assertFalse(payoff.isLikely());
  }

  /// Returns how many of so many blocks were packed.
  private int packed(int blocks, int size, long nanosPerByte) {
    int count = 0;
    for (int block = 0; block < blocks; block++) {
      count += payoff.isLikely() ? 1 : 0;
      block(size, nanosPerByte);
    }
    return count;
  }

  private void block(int size, long nanosPerByte) {
    if (payoff.isLikely()) {
      payoff.packed(BLOCK, size, PACKING, size * nanosPerByte);
    } else {
      payoff.stored(BLOCK, BLOCK * nanosPerByte);
    }
  }
}
