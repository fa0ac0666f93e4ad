package org.blkdelta.thin;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.extent.UnitWindow;
import org.blkdelta.failure.SourceException;
import org.jspecify.annotations.Nullable;

/// The entries of a mapping tree's leaves, one after the other, ascending by the volume's blocks.
final class Mappings {

  private static final int TIME_BITS = 24;
  private static final long TIMES = (1L << TIME_BITS) - 1;

  private final MetadataBlocks blocks;
  private final LevelReader leaves;
  private final Optional<UnitWindow> seen;
  private @Nullable TreeNode leaf;
  private int index = -1;
  private long count;

  /// Creates one that stands at the first entry.
  ///
  /// @param seen takes the data blocks, so that one that comes twice is found
  Mappings(MetadataBlocks blocks, LevelReader leaves, Optional<UnitWindow> seen)
      throws IOException {
    this.blocks = blocks;
    this.leaves = leaves;
    this.seen = seen;
    this.leaf = leaves.next();
    next();
  }

  /// Returns the pool's time when the block was mapped: it tells by whom, and nothing about the
  /// content, which may have been written again and again since.
  long time() {
    return leaf == null ? -1 : leaf.value(index) & TIMES;
  }

  /// Returns the volume's block, or the largest `long` after the last entry.
  long block() {
    return leaf == null ? Long.MAX_VALUE : leaf.key(index);
  }

  /// Returns the pool's block that it is mapped to.
  long dataBlock() {
    return leaf == null ? -1 : leaf.value(index) >>> TIME_BITS;
  }

  /// Returns how many entries have been passed.
  long count() {
    return count;
  }

  /// Goes to the next entry.
  void next() throws IOException {
    if (index >= 0) {
      count++;
    }
    index++;
    while (leaf != null && index == leaf.count()) {
      leaf = leaves.next();
      index = 0;
    }
    if (leaf != null) {
      check(leaf);
    }
  }

  private void check(TreeNode node) throws SourceException {
    long dataBlock = node.value(index) >>> TIME_BITS;
    blocks.checkMapping(node.number(), node.key(index), dataBlock);
    if (seen.isPresent() && seen.get().covers(dataBlock) && !seen.get().add(dataBlock)) {
      throw blocks.damaged(
          node.number(),
          "it maps block %d of the volume to block %d of the pool, where another of its blocks is"
              .formatted(node.key(index), dataBlock));
    }
  }
}
