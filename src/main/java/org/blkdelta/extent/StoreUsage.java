package org.blkdelta.extent;

import java.util.OptionalLong;

/// How full something is that a source lives on: a snapshot's exception store, in bytes, or a thin
/// pool's data or metadata, in blocks. When it is full, the source is lost.
///
/// @param used what is taken
/// @param total what there is, in the same unit
/// @param secondsToFull how long the rest lasts; empty if that is unknown, or not soon
/// @param volume its name, as LVM's programs take it; empty if it has none
public record StoreUsage(long used, long total, OptionalLong secondsToFull, String volume) {

  /// What is farther away than this, no rate of today predicts.
  private static final long SOON_SECONDS = 30L * 24 * 3600;

  /// Creates one without a name.
  public StoreUsage(long used, long total, OptionalLong secondsToFull) {
    this(used, total, secondsToFull, "");
  }

  /// Creates one of which it is unknown how it grows.
  public StoreUsage(long used, long total) {
    this(used, total, OptionalLong.empty());
  }

  /// Creates it from a growth that was seen: by so much in so many seconds.
  public static StoreUsage of(long used, long total, long grown, double seconds) {
    if (grown <= 0 || seconds <= 0) {
      return new StoreUsage(used, total);
    }
    double left = Math.max(0, total - used) * seconds / grown;
    return new StoreUsage(
        used, total, left > SOON_SECONDS ? OptionalLong.empty() : OptionalLong.of((long) left));
  }

  /// Returns the same of a volume of that name.
  public StoreUsage named(String name) {
    return new StoreUsage(used, total, secondsToFull, name);
  }

  /// Returns whether it will be full in less than so many seconds, at the rate that was seen.
  ///
  /// @param seconds unknown if they are less than 0
  public boolean isFullWithin(long seconds) {
    return secondsToFull.isPresent() && secondsToFull.getAsLong() < seconds;
  }

  /// Returns how much more there would have to be so that it is not full within so many seconds.
  ///
  /// @param margin how many times more than what the rate says is taken to be needed
  public long missing(long seconds, double margin) {
    double left = Math.max(0, total - used);
    double rate = left / Math.max(1, secondsToFull.orElse(Long.MAX_VALUE));
    return (long) Math.max(0, rate * seconds * margin - left);
  }

  /// Returns how full it is, 0 to 1.
  public double share() {
    return total <= 0 ? 0 : (double) used / total;
  }

  /// Returns the same with four digits after the point.
  public double roundedShare() {
    return Math.round(share() * 10_000) / 10_000.0;
  }
}
