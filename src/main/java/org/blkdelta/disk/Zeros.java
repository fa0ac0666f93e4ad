package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// What "all zero" means for a run of bytes.
public final class Zeros {

  private static final int PIECE = 1 << 20;

  private Zeros() {}

  /// Returns whether every remaining byte of `bytes` is zero. Its position does not move.
  public static boolean fill(ByteBuffer bytes) {
    return fill(bytes, bytes.position(), bytes.remaining());
  }

  /// Returns whether `length` bytes of `bytes` from `start` on are all zero.
  public static boolean fill(ByteBuffer bytes, int start, int length) {
    if (length == 0) {
      return true;
    }
    if (bytes.get(start) != 0 || bytes.get(start + length - 1) != 0) {
      return false; // as most are; this needs no slices
    }
    // Equal to itself one byte further on: every byte equals the first, which is zero.
    return bytes.slice(start, length - 1).mismatch(bytes.slice(start + 1, length - 1)) < 0;
  }

  /// Returns whether a range of a disk reads as zeros.
  public static boolean fill(Disk disk, long offset, long length) throws IOException {
    var piece = ByteBuffer.allocate((int) Math.min(PIECE, length));
    for (long at = 0; at < length; at += PIECE) {
      piece.clear().limit((int) Math.min(PIECE, length - at));
      disk.read(piece, offset + at);
      if (!fill(piece.flip())) {
        return false;
      }
    }
    return true;
  }

  /// Writes zeros to a range of a disk.
  static void write(WritableDisk disk, long offset, long length) throws IOException {
    var zeros = ByteBuffer.allocate((int) Math.min(PIECE, length));
    for (long at = 0; at < length; at += PIECE) {
      disk.write(zeros.clear().limit((int) Math.min(PIECE, length - at)), offset + at);
    }
  }
}
