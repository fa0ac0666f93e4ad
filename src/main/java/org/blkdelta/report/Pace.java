package org.blkdelta.report;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.blkdelta.extent.StoreUsage;

/// How fast a run is, and when there is something new to show. The rate is that of the last
/// seconds, so that it follows the link and not the past.
final class Pace {

  private static final double MEMORY_SECONDS = 5;

  private final long totalBytes;
  private final long intervalNanos;
  private final LongSupplier clock;
  private final long start;
  private long shownAt;
  private long shownBytes;
  private long bytes;
  private double rate;

  /// @param totalBytes what the run will move; 0 if unknown
  /// @param intervalMillis how often there is something to show
  /// @param clock nanoseconds that only grow
  Pace(long totalBytes, long intervalMillis, LongSupplier clock) {
    this.totalBytes = totalBytes;
    this.clock = clock;
    this.start = clock.getAsLong();
    this.shownAt = start;
    this.intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
  }

  /// Counts bytes, and returns whether it is time to show the state.
  boolean add(long moved) {
    bytes += moved;
    long now = clock.getAsLong();
    if (now - shownAt < intervalNanos) {
      return false;
    }
    double seconds = (now - shownAt) / 1e9;
    double recent = (bytes - shownBytes) / seconds;
    double weight = shownBytes == 0 ? 1 : Math.min(1, seconds / MEMORY_SECONDS);
    rate += (recent - rate) * weight;
    shownAt = now;
    shownBytes = bytes;
    return true;
  }

  long bytes() {
    return bytes;
  }

  long totalBytes() {
    return totalBytes;
  }

  /// Returns bytes per second; of the whole run until there has been something to show.
  double rate() {
    return rate > 0 ? rate : bytes / Math.max(seconds(), 1e-3);
  }

  /// Returns the seconds that the rest will take at this rate, or -1 if unknown.
  long secondsLeft() {
    return rate() <= 0 || totalBytes == 0
        ? -1
        : (long) Math.ceil(Math.max(0, totalBytes - bytes) / rate());
  }

  double seconds() {
    return (clock.getAsLong() - start) / 1e9;
  }

  /// Returns what there is to show.
  ProgressLine line(String phase, Optional<StoreUsage> fuel) {
    return new ProgressLine(phase, bytes, totalBytes, (long) rate(), secondsLeft(), fuel);
  }
}
