package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/// Bytes at offsets: a block device, a flat file, a slice of these. A disk has a fixed size and no
/// position, so threads may share one. Offsets and lengths are bytes. Whoever opened it closes it.
public interface Disk extends Closeable {

  /// Returns what messages call it: the path as the user wrote it.
  String name();

  /// Returns the size in bytes. For a block device this is the device's, not the inode's, which is
  /// 0.
  long size();

  /// Fills `dst` with the bytes from `offset` on.
  ///
  /// @throws java.io.EOFException if the disk ends before `dst` is full
  /// @throws IOException naming the disk and the offset, if it cannot be read
  void read(ByteBuffer dst, long offset) throws IOException;

  /// Returns where the first byte from `offset` on is that may be something else than zero:
  /// `offset` if unknown, and at least the disk's size if there is none.
  default long nextData(long offset) throws IOException {
    return offset;
  }

  /// Returns where the first hole from `offset` on begins, as far as that is known: the disk's end
  /// at the most.
  default long nextHole(long offset) throws IOException {
    return size();
  }

  /// One of several reads that are asked for together.
  ///
  /// @param dst what to fill
  /// @param offset where its bytes begin on the disk
  record Read(ByteBuffer dst, long offset) {

    /// Puts this one after others that will be done together. If it goes on with the last of
    /// them, on the disk and in memory, and the last one's buffer has room for it beyond its limit,
    /// the two become one.
    public void addTo(List<Read> reads) {
      if (!reads.isEmpty() && isContinuing(reads.getLast())) {
        var first = reads.removeLast();
        int end = first.dst.limit() + dst.remaining();
        reads.add(new Read(first.dst.duplicate().limit(end), first.offset));
      } else {
        reads.add(this);
      }
    }

    private boolean isContinuing(Read first) {
      if (first.offset + first.dst.remaining() != offset
          || first.dst.capacity() - first.dst.limit() < dst.remaining()) {
        return false;
      }
      var memory = MemorySegment.ofBuffer(dst);
      var before = MemorySegment.ofBuffer(first.dst);
      return before.heapBase().equals(memory.heapBase())
          && before.address() + before.byteSize() == memory.address();
    }
  }

  /// Does several reads, in any order. A disk for which waiting costs more than reading has them
  /// all under way at the same time.
  ///
  /// @throws IOException as for [#read]; what the buffers hold is undefined then
  default void readAll(List<Read> reads) throws IOException {
    for (var one : reads) {
      read(one.dst(), one.offset());
    }
  }

  /// Reads that were begun.
  @FunctionalInterface
  interface Reading {
    /// Returns when all of them are done.
    ///
    /// @throws IOException as for [#read]; what the buffers hold is undefined then
    void finish() throws IOException;
  }

  /// Begins several reads, which are to be finished in the order in which they were begun. A disk
  /// for which waiting costs more than reading has them under way when this returns; any other
  /// does them when they are finished.
  ///
  /// @param reads of which the buffers are the disk's until then
  default Reading begin(List<Read> reads) throws IOException {
    return () -> readAll(reads);
  }
}
