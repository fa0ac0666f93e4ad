package org.blkdelta.lvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.blkdelta.disk.Disk;

/// An exception store of any size whose bytes are worked out when they are read.
final class MadeUpStore implements Disk {

  private final long chunkSize;
  private final long entryCount;
  private final LongUnaryOperator oldChunks;
  private final List<String> firstReads = new ArrayList<>();
  private int passes;

  /// Creates one with so many entries; `oldChunks` gives the chunk of entry 0, 1, ….
  MadeUpStore(long chunkSize, long entryCount, LongUnaryOperator oldChunks) {
    this.chunkSize = chunkSize;
    this.entryCount = entryCount;
    this.oldChunks = oldChunks;
  }

  /// Returns how often the list was read from its begin.
  int passes() {
    return passes;
  }

  /// Returns the first ten reads, such as `4096+16`.
  List<String> firstReads() {
    return List.copyOf(firstReads);
  }

  @Override
  public String name() {
    return "made-up";
  }

  @Override
  public long size() {
    return (entryCount + entryCount / perArea() + 3) * chunkSize;
  }

  @Override
  public void read(ByteBuffer dst, long offset) {
    if (firstReads.size() < 10) {
      firstReads.add(offset + "+" + dst.remaining());
    }
    var bytes = dst.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (offset == 0) {
      bytes.putInt(0x70416e53).putInt(1).putInt(1).putInt((int) (chunkSize / 512));
    } else {
      area(bytes, offset);
    }
    dst.position(dst.limit());
  }

  @Override
  public void close() {}

  private void area(ByteBuffer bytes, long offset) {
    long chunk = offset / chunkSize;
    long area = (chunk - 1) / (perArea() + 1);
    if ((chunk - 1) % (perArea() + 1) != 0) {
      throw new AssertionError("chunk %d is no area".formatted(chunk));
    }
    if (offset == chunkSize) {
      passes++;
    }
    long index = area * perArea() + offset % chunkSize / 16;
    for (; bytes.hasRemaining(); index++) {
      boolean listed = index < entryCount;
      bytes.putLong(listed ? oldChunks.applyAsLong(index) : 0);
      bytes.putLong(listed ? 2 + index + index / perArea() : 0);
    }
  }

  private long perArea() {
    return chunkSize / 16;
  }
}
