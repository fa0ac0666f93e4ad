package org.blkdelta.remote;

import java.util.function.LongSupplier;

/// Lets so many lines pass at once, and so many a second from then on; a long line counts as
/// several. Used by one thread at a time.
final class Ration {

  private static final int AT_ONCE = 200;
  private static final int A_SECOND = 5;

  /// Characters that count as a line.
  private static final int LINE = 200;

  private static final long NANOS_A_LINE = 1_000_000_000 / A_SECOND;

  private final LongSupplier clock;
  private long fullAgain;
  private long withheld;

  /// @param clock nanoseconds, from anywhere on
  Ration(LongSupplier clock) {
    this.clock = clock;
    this.fullAgain = clock.getAsLong();
  }

  /// Returns whether a line may pass, or counts it as withheld.
  boolean allows(int length) {
    long now = clock.getAsLong();
    long then = Math.max(fullAgain - now, 0) + (1 + length / LINE) * NANOS_A_LINE;
    if (then > AT_ONCE * NANOS_A_LINE) {
      withheld++;
      return false;
    }
    fullAgain = now + then;
    return true;
  }

  /// Returns how many lines were withheld since this was asked last.
  long takeWithheld() {
    long count = withheld;
    withheld = 0;
    return count;
  }
}
