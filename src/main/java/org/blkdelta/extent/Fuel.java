package org.blkdelta.extent;

import java.util.OptionalLong;

/// How full that is in which a source keeps what its delta starts from. When it is full, the source
/// is lost.
///
/// @param usedBytes what is taken
/// @param totalBytes what there is, more than 0
/// @param secondsToFull how long the rest lasts; empty if nobody can tell, or not soon
public record Fuel(long usedBytes, long totalBytes, OptionalLong secondsToFull) {

  /// What is farther away than this, no rate of today predicts.
  private static final long SOON_SECONDS = 30L * 24 * 3600;

  /// Creates it from a growth that was seen: by so many bytes in so many seconds.
  public static Fuel of(long usedBytes, long totalBytes, long grownBytes, double seconds) {
    if (grownBytes <= 0 || seconds <= 0) {
      return new Fuel(usedBytes, totalBytes, OptionalLong.empty());
    }
    double left = Math.max(0, totalBytes - usedBytes) * seconds / grownBytes;
    return new Fuel(
        usedBytes,
        totalBytes,
        left > SOON_SECONDS ? OptionalLong.empty() : OptionalLong.of((long) left));
  }

  /// Returns how full it is, 0 to 1.
  public double share() {
    return (double) usedBytes / totalBytes;
  }

  /// Returns the same with four digits behind the point.
  public double roundedShare() {
    return Math.round(share() * 10_000) / 10_000.0;
  }
}
