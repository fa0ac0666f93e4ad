package org.blkdelta.thin;

import java.nio.ByteBuffer;
import org.blkdelta.failure.SourceException;

/// A node of one of the metadata's trees (the kernel's persistent-data/dm-btree-internal.h). Keys
/// ascend; in an internal node, key i is the lowest that child i can hold.
final class TreeNode {

  /// Bytes of a child's number, and of an entry of a mapping tree.
  static final int NUMBER_SIZE = 8;

  /// Most entries that any node can have.
  static final int MOST_ENTRIES = (MetadataBlocks.SIZE - 32) / (Long.BYTES + NUMBER_SIZE);

  private static final int FLAGS_AT = 4;
  private static final int ENTRIES_AT = 16;
  private static final int MAX_ENTRIES_AT = 20;
  private static final int VALUE_SIZE_AT = 24;
  private static final int KEYS_AT = 32;
  private static final int INTERNAL = 1;
  private static final int LEAF = 2;

  private final MetadataBlocks blocks;
  private final long number;
  private final ByteBuffer bytes;
  private final boolean leaf;
  private final int count;
  private final int valuesAt;
  private final int valueSize;

  private TreeNode(
      MetadataBlocks blocks,
      long number,
      ByteBuffer bytes,
      boolean leaf,
      int count,
      int valuesAt,
      int valueSize) {
    this.blocks = blocks;
    this.number = number;
    this.bytes = bytes;
    this.leaf = leaf;
    this.count = count;
    this.valuesAt = valuesAt;
    this.valueSize = valueSize;
  }

  /// Checks all that a node says of itself.
  ///
  /// @param valueSize bytes of a value, where it is a leaf
  static TreeNode parse(MetadataBlocks blocks, long number, ByteBuffer bytes, int valueSize)
      throws SourceException {
    int flags = bytes.getInt(FLAGS_AT);
    if (flags != INTERNAL && flags != LEAF) {
      throw blocks.damaged(number, "its flags are %#x: neither node nor leaf".formatted(flags));
    }
    int size = flags == LEAF ? valueSize : NUMBER_SIZE;
    if (bytes.getInt(VALUE_SIZE_AT) != size) {
      throw blocks.damaged(
          number,
          "its values have %s bytes, not %d"
              .formatted(Integer.toUnsignedString(bytes.getInt(VALUE_SIZE_AT)), size));
    }
    int most = bytes.getInt(MAX_ENTRIES_AT);
    if (most < 0 || most > (MetadataBlocks.SIZE - KEYS_AT) / (Long.BYTES + size)) {
      throw blocks.damaged(
          number, "it claims room for %s entries".formatted(Integer.toUnsignedString(most)));
    }
    int count = bytes.getInt(ENTRIES_AT);
    if (count < 0 || count > most || (count == 0 && flags == INTERNAL)) {
      throw blocks.damaged(
          number,
          "it has %s entries, with room for %d".formatted(Integer.toUnsignedString(count), most));
    }
    var node =
        new TreeNode(
            blocks, number, bytes, flags == LEAF, count, KEYS_AT + most * Long.BYTES, size);
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
    return bytes.getLong(KEYS_AT + index * Long.BYTES);
  }

  /// Returns the first eight bytes of a value.
  long value(int index) {
    return bytes.getLong(valuesAt + index * valueSize);
  }

  /// Returns a value's bytes from `offset` on as a number.
  long value(int index, int offset) {
    return bytes.getLong(valuesAt + index * valueSize + offset);
  }

  /// Returns the index of the last key that is at most `key`, or -1 where there is none.
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
