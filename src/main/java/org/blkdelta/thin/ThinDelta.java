package org.blkdelta.thin;

import java.io.IOException;
import java.util.HashMap;
import org.blkdelta.thin.ThinMetadata.Device;

/// What differs between the mappings of two volumes of one state of a pool. Both trees are walked
/// side by side, level by level: a node that both have at the same height is not read, since all
/// below it is common. So the cost follows the changes, and not the size of the volumes.
final class ThinDelta {

  /// How a block differs; thin_delta's words.
  enum Change {
    /// Both have it, and not the same data block: it was written in one of them.
    DIFFERENT,
    /// Only the older one has it: it was discarded in the newer.
    LEFT_ONLY,
    /// Only the newer one has it.
    RIGHT_ONLY
  }

  /// Takes runs of blocks, ascending; neighbours of one kind come joined.
  @FunctionalInterface
  interface RunSink {
    void accept(Change change, long firstBlock, long blockCount) throws IOException;
  }

  private final ThinMetadata metadata;
  private final RunSink sink;
  private Change change = Change.DIFFERENT;
  private long first;
  private long count;

  private ThinDelta(ThinMetadata metadata, RunSink sink) {
    this.metadata = metadata;
    this.sink = sink;
  }

  /// Gives `sink` what differs, in blocks of the pool's block size.
  ///
  /// @throws org.blkdelta.failure.SourceException if what had to be read of the trees is damaged
  static void between(ThinMetadata metadata, Device older, Device newer, RunSink sink)
      throws IOException {
    if (older.root() != newer.root()) {
      new ThinDelta(metadata, sink).walk(older, newer);
    }
  }

  private void walk(Device older, Device newer) throws IOException {
    var known = new HashMap<Integer, TreeNode>();
    var left = new MappingTree(metadata.blocks(), known, older.root());
    var right = new MappingTree(metadata.blocks(), known, newer.root());
    var leftLevel = left.top();
    var rightLevel = right.top();
    while (true) {
      int leftHeight = leftLevel.height();
      int rightHeight = rightLevel.height();
      if (leftHeight == rightHeight) {
        var shared = leftLevel.blocks();
        shared.and(rightLevel.blocks());
        leftLevel.drop(shared);
        rightLevel.drop(shared);
        if (leftHeight == 0) {
          break;
        }
      }
      leftLevel = leftHeight >= rightHeight ? left.below(leftLevel) : leftLevel;
      rightLevel = rightHeight >= leftHeight ? right.below(rightLevel) : rightLevel;
    }
    var leftOnes = left.mappings(leftLevel);
    var rightOnes = right.uniqueMappings(rightLevel);
    compare(leftOnes, rightOnes);
    checkCounts(older, newer, leftOnes, rightOnes);
  }

  private void compare(Mappings left, Mappings right) throws IOException {
    long leftBlock = left.block();
    long rightBlock = right.block();
    while (leftBlock != rightBlock || leftBlock != Long.MAX_VALUE) {
      if (leftBlock < rightBlock) {
        add(Change.LEFT_ONLY, leftBlock);
      } else if (rightBlock < leftBlock) {
        add(Change.RIGHT_ONLY, rightBlock);
      } else if (left.dataBlock() != right.dataBlock()) {
        add(Change.DIFFERENT, leftBlock);
      }
      long lower = Math.min(leftBlock, rightBlock);
      if (leftBlock == lower) {
        left.next();
        leftBlock = left.block();
      }
      if (rightBlock == lower) {
        right.next();
        rightBlock = right.block();
      }
    }
    flush();
  }

  /// What is shared counts for both alike, so the rest must differ as the two totals do.
  private void checkCounts(Device older, Device newer, Mappings left, Mappings right)
      throws IOException {
    if (left.count() - right.count() != older.mappedBlocks() - newer.mappedBlocks()) {
      throw metadata
          .blocks()
          .damaged(
              newer.root(),
              "the volumes %d and %d should have %d and %d mappings, and have not"
                  .formatted(older.id(), newer.id(), older.mappedBlocks(), newer.mappedBlocks()));
    }
  }

  private void add(Change next, long block) throws IOException {
    if (count > 0 && next == change && block == first + count) {
      count++;
      return;
    }
    flush();
    change = next;
    first = block;
    count = 1;
  }

  private void flush() throws IOException {
    if (count > 0) {
      sink.accept(change, first, count);
    }
    count = 0;
  }
}
