package org.blkdelta.sync;

import java.io.IOException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// Tells a meter of every frame that the sink after it has taken.
public final class MeteredSink implements FrameSink {

  private final FrameSink next;
  private final Meter meter;

  /// Puts `meter` in front of `next`.
  public MeteredSink(FrameSink next, Meter meter) {
    this.next = next;
    this.meter = meter;
  }

  @Override
  public void accept(Frame frame) throws IOException {
    long bytes =
        switch (frame) {
          case Frame.Data data -> data.bytes().remaining();
          case Frame.Zero zero -> zero.length();
          case Frame.Expect expect -> expect.length();
          case Frame.Header header -> 0;
          case Frame.End end -> 0;
        };
    next.accept(frame);
    meter.moved(bytes);
  }
}
