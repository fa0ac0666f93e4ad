package org.blkdelta.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// A signal's wish to stop: the run ends at its next frame and says what state the destination is
/// in. The exit status is the JVM's own for the signal: 129, 130 or 143.
final class Stop {

  private static final long PATIENCE_SECONDS = 10;

  private final CountDownLatch finished = new CountDownLatch(1);
  private boolean wanted;
  private boolean begun;

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

  /// Asks the run to stop, and where changes have passed waits for it to say so.
  ///
  /// @return what is still to be said
  Optional<String> request() {
    boolean writing = wants();
    if (isFinished()) {
      return Optional.empty(); // no signal: the program ends by itself
    }
    if (!writing) {
      return Optional.of("stopped by a signal before anything was written");
    }
    try {
      return finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)
          ? Optional.empty()
          : Optional.of("stopped by a signal while it was writing; the destination is incomplete");
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /// Returns whether the run has ended and everything is told.
  boolean isFinished() {
    return finished.getCount() == 0;
  }

  /// Returns whether a signal has asked for a stop.
  synchronized boolean isWanted() {
    return wanted;
  }

  /// Wants a stop from now on, and returns whether changes have passed already.
  private synchronized boolean wants() {
    wanted = true;
    return begun;
  }

  private synchronized void check(Frame frame) throws IOException {
    if (!wanted) {
      begun |= frame instanceof Frame.Data || frame instanceof Frame.Zero;
      return;
    }
    throw switch (frame) {
      case Frame.Header header -> unwritten();
      case Frame.Expect expect -> begun ? uncompared() : unwritten();
      case Frame.Data data -> stoppedAt(data.offset());
      case Frame.Zero zero -> stoppedAt(zero.offset());
      case Frame.End end ->
          new IncompleteException(
              "stopped by a signal before the destination was durable; run again");
    };
  }

  private static UnconfirmedException uncompared() {
    return new UnconfirmedException("stopped by a signal before all was compared; run again");
  }

  private static RefusedException unwritten() {
    return new RefusedException("stopped by a signal before anything was written");
  }

  private static IncompleteException stoppedAt(long offset) {
    return new IncompleteException(
        "stopped by a signal at byte "
            + offset
            + "; the destination is incomplete until a run completes");
  }
}
