package org.blkdelta.extent;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The gate between a format's reader and everything else: extents come in ascending and not
/// overlapping, and leave clipped to the disk and joined with their neighbours of the same kind.
public final class ExtentRuns implements ExtentSink {

  private final long size;
  private final ExtentSink next;
  private @Nullable Extent waiting;

  /// Creates a gate for a disk of `size` bytes in front of `next`.
  public ExtentRuns(long size, ExtentSink next) {
    this.size = size;
    this.next = next;
  }

  @Override
  public void accept(Extent extent) throws IOException {
    var last = waiting;
    if (last != null && extent.offset() < last.end()) {
      throw new IllegalStateException(extent + " comes after " + last);
    }
    if (extent.offset() >= size) {
      return;
    }
    long length = Math.min(extent.length(), size - extent.offset());
    if (last != null && last.end() == extent.offset() && last.kind() == extent.kind()) {
      waiting = new Extent(last.offset(), last.length() + length, last.kind());
      return;
    }
    handOn();
    waiting = new Extent(extent.offset(), length, extent.kind());
  }

  /// Returns the offset before which all was handed on, of a reader that has come to `offset`.
  public long handedOnBefore(long offset) {
    return waiting == null ? offset : waiting.offset();
  }

  /// Hands on what waits for a neighbour: there is no further extent.
  public void finish() throws IOException {
    handOn();
  }

  private void handOn() throws IOException {
    if (waiting != null) {
      next.accept(waiting);
      waiting = null;
    }
  }
}
