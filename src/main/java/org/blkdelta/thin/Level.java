package org.blkdelta.thin;

import java.util.Arrays;
import java.util.BitSet;

/// The nodes of a mapping tree at one height, ascending by the lowest key that each can hold. Where
/// nothing of the tree is wanted there is a gap, so that a node's keys always end where the next
/// item begins.
final class Level {

  /// Stands for no node: block 0 is the superblock.
  private static final int GAP = 0;

  private final int height;
  private int[] blocks;
  private long[] lows;
  private int count;

  /// Creates one for nodes that are `height` steps above the leaves.
  ///
  /// @param expected how many items there will be at most, as far as is known
  Level(int height, int expected) {
    this.height = height;
    this.blocks = new int[expected];
    this.lows = new long[expected];
  }

  int height() {
    return height;
  }

  /// Returns the number of items, gaps included.
  int count() {
    return count;
  }

  /// Returns the block of an item, and 0 for a gap.
  int block(int index) {
    return blocks[index];
  }

  /// Returns the lowest key that an item can hold.
  long low(int index) {
    return lows[index];
  }

  /// Returns the lowest key that an item can no longer hold.
  long end(int index) {
    return index + 1 < count ? lows[index + 1] : Long.MAX_VALUE;
  }

  void add(int block, long low) {
    if (count == blocks.length) {
      blocks = Arrays.copyOf(blocks, count + count / 2 + 1);
      lows = Arrays.copyOf(lows, blocks.length);
    }
    blocks[count] = block;
    lows[count++] = low;
  }

  /// Adds a gap, unless there is one already.
  void addGap(long low) {
    if (count == 0 || blocks[count - 1] != GAP) {
      add(GAP, low);
    }
  }

  /// Makes gaps of all nodes that another tree has at the same height: all below them is common.
  void drop(BitSet shared) {
    for (int index = 0; index < count; index++) {
      if (shared.get(blocks[index])) {
        blocks[index] = GAP;
      }
    }
  }

  /// Returns the blocks of all nodes.
  BitSet blocks() {
    var set = new BitSet();
    for (int index = 0; index < count; index++) {
      set.set(blocks[index]);
    }
    set.clear(GAP);
    return set;
  }
}
