package org.blkdelta.thin;

import org.blkdelta.failure.SourceException;

/// A node of one of the metadata's trees (the kernel's persistent-data/dm-btree-internal.h). Keys
/// ascend; in an internal node, key i is the lowest that child i can hold.
final class TreeNode {

  /// Bytes of a child's number, and of an entry of a mapping tree.
  static final int NUMBER_SIZE = 8;

  /// Most entries that any node can have.
  static final int MAX_ENTRIES = (MetadataBlocks.SIZE - 32) / (Long.BYTES + NUMBER_SIZE);

  // words of 64 bits, of which the first of two fields is the lower half
  private static final int CHECKSUM_AND_FLAGS = 0;
  private static final int ENTRIES_AND_MOST = 2;
  private static final int VALUE_SIZE = 3;
  private static final int KEYS = 4;
  private static final int INTERNAL = 1;
  private static final int LEAF = 2;

  private final MetadataBlocks blocks;
  private final long number;
  private final long[] words;
  private final int keysAt;
  private final boolean leaf;
  private final int count;
  private final int valuesAt;
  private final int valueWords;

  private TreeNode(
      MetadataBlocks blocks,
      long number,
      long[] words,
      int at,
      boolean leaf,
      int count,
      int most,
      int valueSize) {
    this.blocks = blocks;
    this.number = number;
    this.words = words;
    this.keysAt = at + KEYS;
    this.leaf = leaf;
    this.count = count;
    this.valuesAt = keysAt + most;
    this.valueWords = valueSize / Long.BYTES;
  }

  /// Checks all that a node says of itself.
  ///
  /// @param words holds the block from index `at` on
  /// @param valueSize bytes of a value, if it is a leaf
  static TreeNode parse(MetadataBlocks blocks, long number, long[] words, int at, int valueSize)
      throws SourceException {
    int flags = (int) (words[at + CHECKSUM_AND_FLAGS] >>> Integer.SIZE);
    if (flags != INTERNAL && flags != LEAF) {
      throw blocks.damaged(number, "its flags are %#x: neither node nor leaf".formatted(flags));
    }
    int size = flags == LEAF ? valueSize : NUMBER_SIZE;
    int said = (int) words[at + VALUE_SIZE];
    if (said != size) {
      throw blocks.damaged(
          number,
          "its values have %s bytes, not %d".formatted(Integer.toUnsignedString(said), size));
    }
    int most = (int) (words[at + ENTRIES_AND_MOST] >>> Integer.SIZE);
    if (most < 0 || most > (MetadataBlocks.SIZE - KEYS * Long.BYTES) / (Long.BYTES + size)) {
      throw blocks.damaged(
          number, "it claims room for %s entries".formatted(Integer.toUnsignedString(most)));
    }
    int count = (int) words[at + ENTRIES_AND_MOST];
    if (count < 0 || count > most || (count == 0 && flags == INTERNAL)) {
      throw blocks.damaged(
          number,
          "it has %s entries, with room for %d".formatted(Integer.toUnsignedString(count), most));
    }
    var node = new TreeNode(blocks, number, words, at, flags == LEAF, count, most, size);
    node.checkOrder();
    return node;
  }

  long number() {
    return number;
  }

  boolean isLeaf() {
    return leaf;
  }

  /// Returns the number of entries.
  int count() {
    return count;
  }

  long key(int index) {
    return words[keysAt + index];
  }

  /// Returns a value's first word.
  long value(int index) {
    return words[valuesAt + index * valueWords];
  }

  /// Returns another word of a value.
  long value(int index, int word) {
    return words[valuesAt + index * valueWords + word];
  }

  /// Returns the index of the last key that is at most `key`, or -1 if there is none.
  int floor(long key) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (key(middle) <= key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /// Checks that the keys are those that the parent says are here.
  ///
  /// @param low the lowest that may be
  /// @param end the lowest that may not be
  void checkKeys(long low, long end) throws SourceException {
    if (count > 0 && (key(0) < low || key(count - 1) >= end)) {
      throw blocks.damaged(number, "it has keys that its parent does not expect there");
    }
  }

  private void checkOrder() throws SourceException {
    long last = -1; // a number that is no key: none reaches 2^63
    for (int index = 0; index < count; index++) {
      long key = key(index);
      if (key <= last) {
        throw blocks.damaged(number, "its keys do not ascend");
      }
      last = key;
    }
  }
}
