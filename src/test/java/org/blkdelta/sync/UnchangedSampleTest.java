package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class UnchangedSampleTest {

  private static final long MEBIBYTE = 1 << 20;

  @Test
  void each_page_has_the_same_chance() {
    // 4096 pages lie between the edges, 1024 are picked: 64 of each 256, give or take
    long size = 18 * MEBIBYTE;
    var random = new Random(7);
    var counts = new int[16];
    int rounds = 50;
    for (int round = 0; round < rounds; round++) {
      var sample = new UnchangedSample(size, random);
      for (long at = 0; at < size; at += 3 * 4096) {
        sample.add(at, Math.min(size, at + 3 * 4096));
      }
      for (var page : sample.picked()) {
        if (page.offset() >= MEBIBYTE && page.offset() < size - MEBIBYTE) {
          counts[(int) ((page.offset() - MEBIBYTE) / MEBIBYTE)]++;
        }
      }
    }
    for (int count : counts) {
      assertEquals(64 * rounds, count, 64 * rounds * 0.1);
    }
  }

  @Test
  void pages_of_the_largest_disk_are_picked_at_once() {
    long size = Long.MAX_VALUE / 2;
    var sample = new UnchangedSample(size, new Random(1));
    sample.add(0, size);
    var picked = sample.picked();
    assertEquals(2 + 1024, picked.size());
    assertEquals(MEBIBYTE, picked.getLast().length());
    var middles = picked.stream().mapToLong(page -> page.offset() / (size / 4)).distinct();
    assertEquals(4, middles.count());
    assertTrue(picked.get(1).offset() >= MEBIBYTE);
  }
}
