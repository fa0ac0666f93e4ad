package org.blkdelta.host;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Says when it is time to do something again that is done now and then. For one thread.
public final class Interval {

  private final long nanos;
  private final LongSupplier clock;
  private long last;

  /// Creates one that begins now.
  public static Interval ofSeconds(long seconds) {
    return new Interval(TimeUnit.SECONDS.toNanos(seconds), System::nanoTime);
  }

  /// Creates one of so many nanoseconds.
  ///
  /// @param clock nanoseconds that only grow
  public Interval(long nanos, LongSupplier clock) {
    this.nanos = nanos;
    this.clock = clock;
    this.last = clock.getAsLong();
  }

  /// Returns whether it is over; then the next one begins.
  public boolean isOver() {
    long now = clock.getAsLong();
    if (now - last < nanos) {
      return false;
    }
    last = now;
    return true;
  }
}
