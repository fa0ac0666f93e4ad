package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;

/// Holds the bytes of a disk against what frames expect of them.
final class Comparison {

  private static final int PIECE = 1 << 20;

  private final Disk disk;
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE);

  /// Creates one of a disk, which the caller closes.
  Comparison(Disk disk) {
    this.disk = disk;
  }

  /// Gives `differing` every unit that is not what the frame expects, ascending.
  ///
  /// @param expect inside the disk
  void compare(Frame.Expect expect, ExtentSink differing) throws IOException {
    for (long start = 0; start < expect.length(); start += PIECE) {
      piece.clear().limit((int) Math.min(PIECE, expect.length() - start));
      disk.read(piece, expect.offset() + start);
      piece.flip();
      if (expect.isZeros()) {
        zeros(expect.offset() + start, differing);
      } else {
        var digests = Digests.part(expect.digests(), start, piece.remaining());
        digests(expect.offset() + start, digests, differing);
      }
    }
  }

  private void zeros(long offset, ExtentSink differing) throws IOException {
    if (Zeros.fill(piece)) {
      return;
    }
    for (int at = 0; at < piece.limit(); at += Digests.UNIT) {
      if (!Zeros.fill(piece.slice(at, unit(at)))) {
        differing.accept(new Extent(offset + at, unit(at), Extent.Kind.DATA));
      }
    }
  }

  private void digests(long offset, ByteBuffer expected, ExtentSink differing) throws IOException {
    var found = Digests.of(piece);
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
