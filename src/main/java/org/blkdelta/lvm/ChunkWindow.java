package org.blkdelta.lvm;

import java.util.Arrays;

/// A set of chunk numbers from one window of 2^29, a bit each, in pages that are made when first
/// needed: at most 64 MiB, and little where the changes are few or close together.
final class ChunkWindow {

  /// Numbers in a window.
  static final long SPAN = 1L << 29;

  private static final int PAGE_BITS = 19;
  private static final int PAGE_WORDS = 1 << (PAGE_BITS - 6);

  /// Stands for a page that has no members yet.
  private static final long[] NONE = {};

  private final long start;
  private final long[][] pages = new long[(int) (SPAN >>> PAGE_BITS)][];

  /// Creates an empty one for the numbers from `start` to `start + SPAN - 1`.
  ChunkWindow(long start) {
    this.start = start;
    Arrays.fill(pages, NONE);
  }

  /// Returns the window's first number.
  long start() {
    return start;
  }

  /// Returns the number behind the window's last.
  long end() {
    return start + SPAN;
  }

  boolean covers(long chunk) {
    return chunk >= start && chunk - start < SPAN;
  }

  /// Adds a number that the window covers, and returns whether it was not there before.
  boolean add(long chunk) {
    long index = chunk - start;
    int pageIndex = (int) (index >>> PAGE_BITS);
    long[] page = pages[pageIndex];
    if (page == NONE) {
      page = new long[PAGE_WORDS];
      pages[pageIndex] = page;
    }
    int word = (int) (index >>> 6) & (PAGE_WORDS - 1);
    long bit = 1L << (index & 63);
    boolean isNew = (page[word] & bit) == 0;
    page[word] |= bit;
    return isNew;
  }

  /// Returns the lowest member that is at least `from`, or -1 where there is none.
  long nextMember(long from) {
    for (long index = from - start; index < SPAN; index = (index | 63) + 1) {
      long[] page = pages[(int) (index >>> PAGE_BITS)];
      if (page == NONE) {
        index |= (1L << PAGE_BITS) - 1;
        continue;
      }
      long rest = page[(int) (index >>> 6) & (PAGE_WORDS - 1)] >>> (index & 63);
      if (rest != 0) {
        return start + index + Long.numberOfTrailingZeros(rest);
      }
    }
    return -1;
  }

  /// Returns the lowest number from `from` on that is no member; the window's end at the latest.
  long nextGap(long from) {
    for (long index = from - start; index < SPAN; index = (index | 63) + 1) {
      long[] page = pages[(int) (index >>> PAGE_BITS)];
      if (page == NONE) {
        return start + index;
      }
      long rest = ~page[(int) (index >>> 6) & (PAGE_WORDS - 1)] >>> (index & 63);
      if (rest != 0) {
        return start + index + Long.numberOfTrailingZeros(rest);
      }
    }
    return end();
  }
}
