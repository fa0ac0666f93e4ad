package org.blkdelta.run;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// A signal's wish to stop: the run ends at its next frame and says what state the destination is
/// in. The exit status is the JVM's own for the signal: 129, 130 or 143.
public final class Stop {

  /// What is said of a try that has not written, and is not so of a run if an earlier try has.
  static final String UNWRITTEN = " before anything was written";

  private static final long PATIENCE_SECONDS = 10;

  private static final String CONTINUE =
      "; don't use the destination; run the same command again to continue";

  private final CountDownLatch finished = new CountDownLatch(1);
  private final CountDownLatch asked = new CountDownLatch(1);

  /// What this is a part of; itself, if it is the whole.
  private final Stop whole;

  private boolean wanted;
  private boolean begun;
  private boolean ended;
  private long volumeSize;

  /// Creates that of the whole program.
  public Stop() {
    whole = this;
  }

  private Stop(Stop whole) {
    this.whole = whole;
  }

  /// Returns the same for one of several runs: it stops with the whole, and what it says of its
  /// destination is of this run alone.
  public Stop part() {
    return new Stop(whole);
  }

  /// Returns a sink that takes frames until a stop is wanted.
  public FrameSink before(FrameSink next) {
    return frame -> {
      check(frame);
      next.accept(frame);
    };
  }

  /// Says that the run has ended and that everything is told.
  public void finished() {
    whole.finished.countDown();
  }

  /// Asks the run to stop, and where changes have passed waits for it to say so.
  ///
  /// @return what is still to be said
  public Optional<String> request() {
    boolean writing = wants();
    if (isFinished()) {
      return Optional.empty(); // no signal: the program ends by itself
    }
    if (!writing) {
      return Optional.of("stopped by a signal" + UNWRITTEN);
    }
    try {
      return whole.finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)
          ? Optional.empty()
          : Optional.of("stopped by a signal while it was writing" + CONTINUE);
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /// Returns whether the run has ended and everything is told.
  public boolean isFinished() {
    return whole.finished.getCount() == 0;
  }

  /// Waits, and returns whether a signal asks for a stop meanwhile.
  public boolean isWantedWithin(long seconds) {
    try {
      return whole.asked.await(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /// Returns whether a signal has asked for a stop.
  boolean isWanted() {
    synchronized (whole) {
      return whole.wanted;
    }
  }

  /// Wants a stop from now on, and returns whether changes have passed already.
  private boolean wants() {
    synchronized (whole) {
      whole.wanted = true;
      whole.asked.countDown();
      return whole.begun;
    }
  }

  private void check(Frame frame) throws IOException {
    if (frame instanceof Frame.Header header) {
      volumeSize = header.stream().volumeSize();
    }
    synchronized (whole) {
      if (!whole.wanted) {
        begun |= frame instanceof Frame.Data || frame instanceof Frame.Zero;
        whole.begun |= begun;
        ended |= begun && frame instanceof Frame.End;
        return;
      }
    }
    throw switch (frame) {
      case Frame.Header header -> early();
      case Frame.Expect expect -> early();
      case Frame.Data data -> stoppedAt(data.offset());
      case Frame.Zero zero -> stoppedAt(zero.offset());
      case Frame.End end ->
          new IncompleteException(
              "stopped by a signal before the destination was durable" + CONTINUE);
    };
  }

  /// A run may be the second try of one that has written, or compare what was written.
  private SyncException early() {
    if (!begun) {
      return unwritten();
    }
    return ended ? uncompared() : stopped();
  }

  private static IncompleteException stopped() {
    return new IncompleteException("stopped by a signal" + CONTINUE);
  }

  private static UnconfirmedException uncompared() {
    return new UnconfirmedException("stopped by a signal before all was compared; run again");
  }

  private static RefusedException unwritten() {
    return new RefusedException("stopped by a signal" + UNWRITTEN);
  }

  private IncompleteException stoppedAt(long offset) {
    var of = volumeSize == 0 ? "" : " of " + Sizes.binary(volumeSize);
    return new IncompleteException("stopped at " + Sizes.binary(offset) + of + CONTINUE);
  }
}
