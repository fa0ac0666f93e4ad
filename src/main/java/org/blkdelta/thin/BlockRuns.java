package org.blkdelta.thin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.Extent.Kind;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.SourceException;

/// A list of runs of blocks in little memory, so that the metadata need not be held while the data
/// is read: two numbers a run, of seven bits a byte, which is two to four bytes for most of them.
final class BlockRuns {

  /// Some tens of millions of runs.
  private static final int MAX_BYTES = 64 << 20;

  private static final int SEGMENT_BITS = 16;
  private static final int SEGMENT = 1 << SEGMENT_BITS;

  private final String name;
  private final int mostBytes;
  private final List<byte[]> segments = new ArrayList<>();
  private int size;
  private long end;
  private long runs;

  /// Creates an empty one for the volume that messages call `name`.
  BlockRuns(String name) {
    this(name, MAX_BYTES);
  }

  BlockRuns(String name, int mostBytes) {
    this.name = name;
    this.mostBytes = mostBytes;
  }

  /// Adds a run after those that there are.
  void add(Kind kind, long firstBlock, long blockCount) throws SourceException {
    if (firstBlock < end) {
      throw new IllegalStateException("block %d comes after %d".formatted(firstBlock, end));
    }
    number(firstBlock - end);
    number((blockCount << 1) | (kind == Kind.ZERO ? 1 : 0));
    end = firstBlock + blockCount;
    runs++;
    if (size > mostBytes) {
      throw new SourceException(
          "%s: more than %d separate runs of blocks changed; copy the whole volume instead"
              .formatted(name, runs));
    }
  }

  /// Gives `sink` all runs as extents of blocks of `blockSize` bytes. The last may end beyond a
  /// disk of `size` bytes; what begins beyond it is left out.
  void extents(long blockSize, long diskSize, ExtentSink sink) throws IOException {
    int at = 0;
    long block = 0;
    while (at < size) {
      long[] numbers = new long[2];
      for (int i = 0; i < numbers.length; i++) {
        for (int shift = 0, part = -1; part < 0; shift += 7) {
          part = segments.get(at >>> SEGMENT_BITS)[at++ & (SEGMENT - 1)];
          numbers[i] |= (part & 0x7fL) << shift;
        }
      }
      long first = block + numbers[0];
      block = first + (numbers[1] >>> 1);
      if (first >= Math.ceilDiv(diskSize, blockSize)) {
        return;
      }
      long last = Math.min(block, Math.ceilDiv(diskSize, blockSize));
      var kind = (numbers[1] & 1) == 0 ? Kind.DATA : Kind.ZERO;
      sink.accept(new Extent(first * blockSize, (last - first) * blockSize, kind));
    }
  }

  private void number(long number) {
    long rest = number;
    for (; rest > 0x7f; rest >>>= 7) {
      write((byte) ((rest & 0x7f) | 0x80));
    }
    write((byte) rest);
  }

  private void write(byte part) {
    if (size == segments.size() << SEGMENT_BITS) {
      segments.add(new byte[SEGMENT]);
    }
    segments.getLast()[size++ & (SEGMENT - 1)] = part;
  }
}
