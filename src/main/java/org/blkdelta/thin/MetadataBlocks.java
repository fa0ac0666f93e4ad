package org.blkdelta.thin;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// A thin pool's metadata device: blocks of 4096 bytes, each with a checksum and its own number
/// (the kernel's drivers/md/dm-thin-metadata.c and persistent-data). Every block that leaves here
/// is the one that was asked for, and undamaged; what it says is not believed yet.
final class MetadataBlocks {

  /// Bytes of a block.
  static final int SIZE = 4096;

  /// Words of 64 bits in a block.
  static final int WORDS = SIZE / Long.BYTES;

  /// A tree of nodes that are a third full needs fewer levels for all blocks that can exist.
  static final int MAX_LEVELS = 10;

  private static final int SUPERBLOCK_KEY = 160774;
  private static final int NODE_KEY = 121107;
  private static final int OWN_NUMBER_AT = 8;

  /// What lies beyond so many blocks the kernel does not use (THIN_METADATA_MAX_SECTORS).
  private static final int MAX_BLOCKS = 255 * 16320;

  private final Disk disk;
  private final int count;
  private long dataBlocks = Long.MAX_VALUE;
  private long nodesRead;

  MetadataBlocks(Disk disk) {
    this.disk = disk;
    this.count = (int) Math.min(disk.size() / SIZE, MAX_BLOCKS);
  }

  /// Returns what messages call the device or image.
  String name() {
    return disk.name();
  }

  /// Returns the number of blocks that there are.
  int count() {
    return count;
  }

  /// Returns how many tree nodes have been read so far.
  long nodesRead() {
    return nodesRead;
  }

  /// Returns a block that is to be a superblock, checked for damage.
  ByteBuffer superblock(long number) throws IOException {
    checkNumber(number, "a superblock");
    var block = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    read(List.of(new Disk.Read(block, number * SIZE)));
    block.clear();
    if (isEmpty(block)) {
      throw new SourceException(
          "%s: at byte %d: no thin pool was ever made here; name the pool's metadata device or its image"
              .formatted(name(), number * SIZE));
    }
    checkSum(block, number, SUPERBLOCK_KEY);
    return block;
  }

  /// Returns a tree node.
  TreeNode node(long number, int valueSize) throws IOException {
    checkNode(number);
    var block = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    read(List.of(new Disk.Read(block, number * SIZE)));
    var words = new long[WORDS];
    block.clear().asLongBuffer().get(words);
    return node(block, words, 0, number, valueSize);
  }

  /// Reads several nodes, neighbours in one go.
  ///
  /// @param numbers ascending, checked by [#checkNode]
  /// @param buffer takes the blocks one after the other
  void load(int[] numbers, int numberCount, ByteBuffer buffer) throws IOException {
    var reads = new ArrayList<Disk.Read>();
    for (int from = 0, to; from < numberCount; from = to) {
      to = from + 1;
      while (to < numberCount && numbers[to] == numbers[from] + (to - from)) {
        to++;
      }
      reads.add(
          new Disk.Read(
              buffer.slice(from * SIZE, (to - from) * SIZE), (long) numbers[from] * SIZE));
    }
    read(reads);
  }

  /// Returns a node that was read before, after all checks.
  ///
  /// @param block its bytes
  /// @param words the same as numbers, from index `at` on
  TreeNode node(ByteBuffer block, long[] words, int at, long number, int valueSize)
      throws IOException {
    nodesRead++;
    checkSum(block, number, NODE_KEY);
    return TreeNode.parse(this, number, words, at, valueSize);
  }

  /// Checks a block's number before anything is read by it. Block 0 is the superblock.
  void checkNode(long number) throws SourceException {
    if (number == 0) {
      throw damaged(0, "a tree leads back to the superblock");
    }
    checkNumber(number, "a tree node");
  }

  /// Sets how many blocks the pool's data device has.
  void dataBlocks(long number) {
    dataBlocks = number;
  }

  /// Checks where a leaf maps a volume's block to.
  void checkMapping(long leaf, long block, long dataBlock) throws SourceException {
    if (dataBlock >= dataBlocks) {
      throw damaged(
          leaf,
          "it maps block %d of the volume to block %d of the pool, which has %d"
              .formatted(block, dataBlock, dataBlocks));
    }
  }

  /// Returns what to throw where a tree has more than [#MAX_LEVELS] levels.
  SourceException endless(long root) {
    return damaged(root, "the tree that begins here has no end");
  }

  /// Returns the failure that says what is wrong with a block.
  SourceException damaged(long block, String what) {
    return new SourceException(
        "%s: in block %s: %s; the pool's metadata is damaged or the image not whole: check it with thin_check"
            .formatted(name(), Long.toUnsignedString(block), what));
  }

  private void checkNumber(long number, String what) throws SourceException {
    if (number < 0 || number >= count) {
      throw damaged(number, "%s would lie outside the %d blocks".formatted(what, count));
    }
  }

  private void checkSum(ByteBuffer block, long number, int key) throws SourceException {
    var crc = new CRC32C();
    crc.update(block.slice(Integer.BYTES, SIZE - Integer.BYTES));
    if ((~(int) crc.getValue() ^ key) != block.getInt(0)) {
      throw damaged(number, "the checksum is wrong");
    }
    if (block.getLong(OWN_NUMBER_AT) != number) {
      throw damaged(
          number,
          "it says that it is block " + Long.toUnsignedString(block.getLong(OWN_NUMBER_AT)));
    }
  }

  private static boolean isEmpty(ByteBuffer block) {
    for (int at = 0; at < SIZE; at += Long.BYTES) {
      if (block.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private void read(List<Disk.Read> reads) throws IOException {
    try {
      disk.readAll(reads);
    } catch (EOFException cut) {
      throw new SourceException(
          "%s: ends inside its metadata; the image is not whole".formatted(name()), cut);
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the metadata cannot be read, nothing was used", fault);
    }
  }
}
