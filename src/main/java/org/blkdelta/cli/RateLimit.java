package org.blkdelta.cli;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.failure.UsageException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How fast data may go.
@Command(optionListHeading = "Bandwidth:")
final class RateLimit {

  private static final String UNITS = "KMGT";

  @Option(
      names = "--bwlimit",
      paramLabel = "RATE",
      description =
          "Send at most so many bytes a second, on average: a number, or one with K, M or G behind it"
              + " for KiB, MiB or GiB. Counted is what they are before they are compressed.")
  @Nullable String rate;

  /// Returns a sink that lets data pass at that rate, or `next` if there is no limit.
  FrameSink before(FrameSink next) throws UsageException {
    if (rate == null) {
      return next;
    }
    double nanosPerByte = TimeUnit.SECONDS.toNanos(1) / (double) bytes(rate);
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

  /// Returns the bytes that a rate such as `10M` names.
  static long bytes(String text) throws UsageException {
    int power = text.isEmpty() ? -1 : UNITS.indexOf(text.charAt(text.length() - 1));
    var digits = power < 0 ? text : text.substring(0, text.length() - 1);
    if (!digits.matches("[1-9][0-9]{0,8}")) {
      throw new UsageException("--bwlimit=" + text + ": write a number of bytes, such as 10M");
    }
    return Long.parseLong(digits) << (10 * (power + 1));
  }

  private static void rest(long until) {
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
