package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameDecoratorContract;
import org.blkdelta.wire.FrameLog;
import org.blkdelta.wire.FrameSink;
import org.junit.jupiter.api.Test;

/// A sender that is held to what it was asked for.
class RequestedTest implements FrameDecoratorContract {

  /// The bytes of the contract's stream.
  private static final int ASKED = 4096 + 512 + 4096;

  @Override
  public FrameSink before(FrameSink next) {
    return new Requested(next, ASKED);
  }

  @Test
  void a_stream_with_fewer_or_more_bytes_does_not_end() throws IOException {
    for (int length : new int[] {ASKED - 1, ASKED + 1}) {
      var log = new FrameLog();
      var sink = before(log);
      sink.accept(new Frame.Zero(0, length));
      var refused = assertThrows(SourceException.class, () -> sink.accept(Frames.end()));
      assertEquals(
          "stream: has %d bytes of the %d that were asked for; install the same blkdelta on both"
              .formatted(length, ASKED),
          refused.getMessage());
      assertEquals(1, log.frames().size());
    }
  }
}
