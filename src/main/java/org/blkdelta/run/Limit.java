package org.blkdelta.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// How fast data may go.
///
/// @param bytesPerSecond on average; 0 for as fast as it can
public record Limit(long bytesPerSecond) {

  /// As fast as it can.
  public static final Limit NONE = new Limit(0);

  /// Returns a sink that lets data pass at that rate, or `next` if there is no limit.
  FrameSink before(FrameSink next) {
    if (bytesPerSecond == 0) {
      return next;
    }
    double nanosPerByte = TimeUnit.SECONDS.toNanos(1) / (double) bytesPerSecond;
    var due = new long[] {System.nanoTime()};
    return frame -> {
      next.accept(frame);
      if (frame instanceof Frame.Data data) {
        // what was not used in the past is gone: after a pause nothing is caught up
        due[0] = Math.max(due[0], System.nanoTime() - TimeUnit.SECONDS.toNanos(1));
        due[0] += (long) (data.bytes().remaining() * nanosPerByte);
        rest(due[0]);
      }
    };
  }

  private static void rest(long until) {
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
