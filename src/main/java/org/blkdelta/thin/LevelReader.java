package org.blkdelta.thin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the nodes of a level in their order, many at a time and by ascending block: a disk is much
/// faster that way than one node after the other.
final class LevelReader {

  private static final int MAX_CONCURRENT = 256;

  private final MetadataBlocks blocks;
  private final Map<Integer, TreeNode> known;
  private final Level level;
  private final ByteBuffer buffer;
  private final long[] words;
  private final int[] indexes;
  private final @Nullable TreeNode[] nodes;
  private int loaded;
  private int at;
  private int nextIndex;

  /// Creates one.
  ///
  /// @param known nodes that were read before, by their block
  LevelReader(MetadataBlocks blocks, Map<Integer, TreeNode> known, Level level) {
    this.blocks = blocks;
    this.known = known;
    this.level = level;
    int most = Math.min(MAX_CONCURRENT, level.count());
    this.buffer = ByteBuffer.allocate(most * MetadataBlocks.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    this.words = new long[most * MetadataBlocks.WORDS];
    this.indexes = new int[most];
    this.nodes = new TreeNode[most];
  }

  /// Returns the next node, or null after the last one. It is valid until the next call.
  @Nullable TreeNode next() throws IOException {
    if (at == loaded) {
      load();
      if (loaded == 0) {
        return null;
      }
    }
    return nodes[at++];
  }

  /// Returns the index in the level of the node that came last.
  int index() {
    return indexes[at - 1];
  }

  private void load() throws IOException {
    at = 0;
    loaded = 0;
    var numbers = new int[indexes.length];
    int unknown = 0;
    for (; loaded < indexes.length && nextIndex < level.count(); nextIndex++) {
      int block = level.block(nextIndex);
      if (block != 0) {
        indexes[loaded++] = nextIndex;
        if (!known.containsKey(block)) {
          numbers[unknown++] = block;
        }
      }
    }
    Arrays.sort(numbers, 0, unknown);
    blocks.load(numbers, unknown, buffer);
    buffer.asLongBuffer().get(words, 0, unknown * MetadataBlocks.WORDS);
    for (int i = 0; i < loaded; i++) {
      nodes[i] = checked(indexes[i], numbers, unknown);
    }
  }

  private TreeNode checked(int index, int[] numbers, int unknown) throws IOException {
    int number = level.block(index);
    var node = known.get(number);
    if (node == null) {
      int place = Arrays.binarySearch(numbers, 0, unknown, number);
      var bytes =
          buffer
              .slice(place * MetadataBlocks.SIZE, MetadataBlocks.SIZE)
              .order(ByteOrder.LITTLE_ENDIAN);
      int at = place * MetadataBlocks.WORDS;
      node = blocks.node(bytes, words, at, number, TreeNode.NUMBER_SIZE);
    }
    if (node.isLeaf() != (level.height() == 0)) {
      throw blocks.damaged(number, "not all leaves of its tree are equally deep");
    }
    node.checkKeys(level.low(index), level.end(index));
    return node;
  }
}
