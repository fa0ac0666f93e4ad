package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;

/// Holds the bytes of a disk against what frames expect of them.
final class Comparison {

  private static final int PIECE = 1 << 20;

  private final Disk disk;
  private final Digests digests;
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE);

  /// Creates one of a disk, which the caller closes, with frames that have such digests.
  Comparison(Disk disk, Digests digests) {
    this.digests = digests;
    this.disk = disk;
  }

  /// Gives `differing` every unit that is not what the frame expects, ascending.
  ///
  /// @param expect inside the disk
  /// @throws RefusedException if the disk cannot be read
  void compare(Frame.Expect expect, ExtentSink differing) throws IOException {
    long length = expect.length();
    for (long start = begin(expect, 0); start < length; start = begin(expect, start + PIECE)) {
      piece.clear().limit((int) Math.min(PIECE, length - start));
      read(expect.offset() + start);
      if (expect.isZeros()) {
        zeros(expect.offset() + start, differing);
      } else {
        var expected = Digests.part(expect.digests(), start, piece.remaining());
        digests(expect.offset() + start, expected, differing);
      }
    }
  }

  /// Returns where to go on: zeros that the disk does not hold need no reading.
  private long begin(Frame.Expect expect, long start) throws RefusedException {
    if (!expect.isZeros() || start >= expect.length()) {
      return start;
    }
    try {
      long data = disk.nextData(expect.offset() + start) - expect.offset();
      return data / Digests.UNIT * Digests.UNIT;
    } catch (IOException fault) {
      throw unreadable(fault);
    }
  }

  private void read(long offset) throws RefusedException {
    try {
      disk.read(piece, offset);
    } catch (IOException fault) {
      throw unreadable(fault);
    }
    piece.flip();
  }

  private static RefusedException unreadable(IOException fault) {
    return new RefusedException(
        SyncException.describe(fault) + "; the destination cannot be read", fault);
  }

  private void zeros(long offset, ExtentSink differing) throws IOException {
    if (Zeros.fill(piece)) {
      return;
    }
    for (int at = 0; at < piece.limit(); at += Digests.UNIT) {
      if (!Zeros.fill(piece, at, unit(at))) {
        differing.accept(new Extent(offset + at, unit(at), Extent.Kind.DATA));
      }
    }
  }

  private void digests(long offset, ByteBuffer expected, ExtentSink differing) throws IOException {
    var found = digests.of(offset, piece);
    if (found.equals(expected)) {
      return;
    }
    for (int at = 0; at < piece.limit(); at += Digests.UNIT) {
      var one = Digests.part(found, at, unit(at));
      if (!one.equals(Digests.part(expected, at, unit(at)))) {
        differing.accept(new Extent(offset + at, unit(at), Extent.Kind.DATA));
      }
    }
  }

  private int unit(int at) {
    return Math.min(Digests.UNIT, piece.limit() - at);
  }
}
