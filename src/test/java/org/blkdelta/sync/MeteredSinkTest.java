package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameDecoratorContract;
import org.blkdelta.wire.FrameSink;
import org.junit.jupiter.api.Test;

/// A meter, told of every frame that was taken.
class MeteredSinkTest implements FrameDecoratorContract {

  private final AtomicLong moved = new AtomicLong();

  @Override
  public FrameSink before(FrameSink next) {
    return new MeteredSink(
        next,
        new Meter() {
          @Override
          public void moved(long bytes) {
            moved.addAndGet(bytes);
          }

          @Override
          public void durable(long bytes) {}
        });
  }

  @Test
  void bytes_and_zeros_count_when_they_were_taken() throws IOException {
    var sink = before(frame -> assertEquals(frame instanceof Frame.Data ? 0 : 100, moved.get()));
    sink.accept(Frames.data(0, 100, 1));
    sink.accept(new Frame.Zero(4096, 1000));
    assertEquals(1100, moved.get());
  }
}
