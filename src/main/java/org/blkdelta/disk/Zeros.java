package org.blkdelta.disk;

import java.nio.ByteBuffer;

/// What "all zero" means for a run of bytes.
public final class Zeros {

  private Zeros() {}

  /// Returns whether every remaining byte of `bytes` is zero. Its position does not move.
  public static boolean fill(ByteBuffer bytes) {
    int length = bytes.remaining();
    if (length == 0) {
      return true;
    }
    int start = bytes.position();
    if (bytes.get(start) != 0) {
      return false;
    }
    // Equal to itself one byte further on: every byte equals the first, which is zero.
    return bytes.slice(start, length - 1).mismatch(bytes.slice(start + 1, length - 1)) < 0;
  }
}
