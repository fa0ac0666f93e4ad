package org.blkdelta.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// How fast data may go. Runs that have the same one, also at the same time, share the rate.
public final class Limit {

  /// As fast as it can.
  public static final Limit NONE = new Limit(0);

  private final long bytesPerSecond;
  private long due = System.nanoTime();

  /// @param bytesPerSecond on average; 0 for as fast as it can
  public Limit(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /// Returns the rate; 0 if there is none.
  public long bytesPerSecond() {
    return bytesPerSecond;
  }

  /// Returns a sink that lets data pass at that rate, or `next` if there is no limit.
  FrameSink before(FrameSink next) {
    if (bytesPerSecond == 0) {
      return next;
    }
    return frame -> {
      next.accept(frame);
      if (frame instanceof Frame.Data data) {
        rest(due(data.bytes().remaining()));
      }
    };
  }

  /// Returns when the next data may go. What was not used in the past is gone: after a pause
  /// nothing is caught up.
  private synchronized long due(long bytes) {
    double nanosPerByte = TimeUnit.SECONDS.toNanos(1) / (double) bytesPerSecond;
    due = Math.max(due, System.nanoTime() - TimeUnit.SECONDS.toNanos(1));
    due += (long) (bytes * nanosPerByte);
    return due;
  }

  private static void rest(long until) {
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
