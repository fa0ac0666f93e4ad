package org.blkdelta.lvm;

import org.jspecify.annotations.Nullable;

/// A set of chunk numbers from one window of 2^29, a bit each, in pages that are made when first
/// needed: at most 64 MiB, and little where the changes are few or close together.
final class ChunkWindow {

  /// Numbers in a window.
  static final long SPAN = 1L << 29;

  private static final int PAGE_BITS = 19;
  private static final int PAGE_WORDS = 1 << (PAGE_BITS - 6);

  /// A bit for each of 2^19 numbers.
  private static final class Page {
    final long[] words = new long[PAGE_WORDS];
  }

  private final long start;
  private final @Nullable Page[] pages = new Page[(int) (SPAN >>> PAGE_BITS)];

  /// Creates an empty one for the numbers from `start` to `start + SPAN - 1`.
  ChunkWindow(long start) {
    this.start = start;
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
    Page page = pages[pageIndex];
    if (page == null) {
      page = new Page();
      pages[pageIndex] = page;
    }
    int word = (int) (index >>> 6) & (PAGE_WORDS - 1);
    long bit = 1L << (index & 63);
    boolean isNew = (page.words[word] & bit) == 0;
    page.words[word] |= bit;
    return isNew;
  }

  /// Returns the lowest member that is at least `from`, or -1 where there is none.
  long nextMember(long from) {
    for (long index = from - start; index < SPAN; index = (index | 63) + 1) {
      Page page = pages[(int) (index >>> PAGE_BITS)];
      if (page == null) {
        index |= (1L << PAGE_BITS) - 1;
        continue;
      }
      long rest = page.words[(int) (index >>> 6) & (PAGE_WORDS - 1)] >>> (index & 63);
      if (rest != 0) {
        return start + index + Long.numberOfTrailingZeros(rest);
      }
    }
    return -1;
  }

  /// Returns the lowest number from `from` on that is no member; the window's end at the latest.
  long nextGap(long from) {
    for (long index = from - start; index < SPAN; index = (index | 63) + 1) {
      Page page = pages[(int) (index >>> PAGE_BITS)];
      if (page == null) {
        return start + index;
      }
      long rest = ~page.words[(int) (index >>> 6) & (PAGE_WORDS - 1)] >>> (index & 63);
      if (rest != 0) {
        return start + index + Long.numberOfTrailingZeros(rest);
      }
    }
    return end();
  }
}
