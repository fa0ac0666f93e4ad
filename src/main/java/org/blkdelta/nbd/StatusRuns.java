package org.blkdelta.nbd;

import java.nio.ByteBuffer;

/// What one context says of a range: runs of bytes, each with its flags, read one after the other.
final class StatusRuns {

  private final long limit;
  private final ByteBuffer rest;
  private long end;
  private int flags;

  /// @param offset where the first run begins
  /// @param length of the range; what goes beyond it is cut off
  /// @param runs length and flags of each, checked
  StatusRuns(long offset, int length, ByteBuffer runs) {
    this.limit = offset + length;
    this.rest = runs;
    this.end = offset;
    next();
  }

  /// Returns where the run ends that [#flags] are of.
  long end() {
    return end;
  }

  /// Returns what is said of the run.
  int flags() {
    return flags;
  }

  /// Goes on to the run that has a byte; returns false if nothing is said of that.
  ///
  /// @param offset of the byte, not before that of an earlier call
  boolean reach(long offset) {
    while (end <= offset && rest.hasRemaining()) {
      next();
    }
    return offset < end;
  }

  private void next() {
    end = Math.min(limit, end + (rest.getInt() & 0xffff_ffffL));
    flags = rest.getInt();
  }
}
