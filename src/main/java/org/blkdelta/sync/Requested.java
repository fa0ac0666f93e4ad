package org.blkdelta.sync;

import java.io.IOException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// Lets a stream end only where it has as many bytes as were asked for: for a sender that runs
/// somewhere else, and may be told less than it needs, or do less than it is told.
public final class Requested implements FrameSink {

  private final FrameSink next;
  private final long asked;
  private long got;

  /// Puts itself in front of `next`, which gets frames in ascending order, without overlaps.
  ///
  /// @param asked bytes that were asked for
  public Requested(FrameSink next, long asked) {
    this.next = next;
    this.asked = asked;
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> {}
      case Frame.Expect expect -> got += expect.length();
      case Frame.Data data -> got += data.bytes().remaining();
      case Frame.Zero zero -> got += zero.length();
      case Frame.End end -> check();
    }
    next.accept(frame);
  }

  private void check() throws SourceException {
    if (got != asked) {
      throw new SourceException(
          "stream: has %d bytes of the %d that were asked for; install the same blkdelta on both"
              .formatted(got, asked));
    }
  }
}
