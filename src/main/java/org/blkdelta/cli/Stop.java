package org.blkdelta.cli;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// A signal's wish to stop: the run ends at its next frame and says what state the destination is
/// in. The exit status is the JVM's own for the signal, 130 or 143.
final class Stop {

  private static final long PATIENCE_SECONDS = 10;

  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean wanted;

  /// Returns a sink that takes frames until a stop is wanted.
  FrameSink before(FrameSink next) {
    return frame -> {
      check(frame);
      next.accept(frame);
    };
  }

  /// Says that the run has ended and that everything is told.
  void finished() {
    finished.countDown();
  }

  /// Asks the run to stop and waits for it to say so.
  ///
  /// @return whether it did in time
  boolean request() {
    wanted = true;
    try {
      return finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void check(Frame frame) throws IOException {
    if (!wanted) {
      return;
    }
    throw switch (frame) {
      case Frame.Header header ->
          new RefusedException("stopped by a signal before anything was written");
      case Frame.Data data -> stoppedAt(data.offset());
      case Frame.Zero zero -> stoppedAt(zero.offset());
      case Frame.End end ->
          new IncompleteException(
              "stopped by a signal before the destination was durable; run again");
    };
  }

  private static IncompleteException stoppedAt(long offset) {
    return new IncompleteException(
        "stopped by a signal at byte "
            + offset
            + "; the destination is incomplete until a run completes");
  }
}
