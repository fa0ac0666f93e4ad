package org.blkdelta.extent;

import java.util.Arrays;

/// A set of numbers of units (chunks, sectors) from one window of 2^29, a bit each, in pages that
/// are made when first needed: at most 64 MiB, and little where the numbers are few or close
/// together.
public final class UnitWindow {

  /// Numbers in a window.
  public static final long SPAN = 1L << 29;

  private static final int PAGE_BITS = 19;
  private static final int PAGE_WORDS = 1 << (PAGE_BITS - 6);

  /// Stands for a page that has no members yet.
  private static final long[] NONE = {};

  private final long start;
  private final long[][] pages = new long[(int) (SPAN >>> PAGE_BITS)][];

  /// Creates an empty one for the numbers from `start` to `start + SPAN - 1`.
  public UnitWindow(long start) {
    this.start = start;
    Arrays.fill(pages, NONE);
  }

  /// Returns the window's first number.
  public long start() {
    return start;
  }

  /// Returns the number after the window's last.
  public long end() {
    return start + SPAN;
  }

  /// Returns whether a number lies in the window.
  public boolean covers(long unit) {
    return unit >= start && unit - start < SPAN;
  }

  /// Adds a number that the window covers, and returns whether it was not there before.
  public boolean add(long unit) {
    long index = unit - start;
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

  /// Returns the lowest member that is at least `from`, or -1 if there is none.
  public long nextMember(long from) {
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
  public long nextGap(long from) {
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
