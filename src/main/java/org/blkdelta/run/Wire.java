package org.blkdelta.run;

import java.time.Duration;
import java.util.OptionalInt;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.wire.Packing;

/// How a run goes to another machine and comes from there.
///
/// @param connections how many there are to be; empty for as many as pay
/// @param retries how often a broken one is made anew
/// @param packing how what is sent is compressed
public record Wire(OptionalInt connections, int retries, Packing packing) {

  /// As if nobody had said anything.
  public static final Wire USUAL = new Wire(OptionalInt.empty(), 0, new Packing.None());

  private static final int MAX_UNASKED = 8;

  /// OpenSSH lets 2 MiB be under way on a connection: that is 200 MB/s at this round trip.
  private static final long ENOUGH_FOR_ONE_MILLIS = 10;

  /// What one connection has sent before a further one would take part: 2 MiB each round trip.
  private static final long ENOUGH_FOR_ONE_BYTES = 64L << 20;

  /// Returns how many connections there are to be, with the first one, which is there.
  ///
  /// @param bytes to be sent
  int count(RemoteProcess first, long bytes) {
    if (connections.isPresent()) {
      return connections.getAsInt();
    }
    int worthwhile = Math.clamp(bytes / ENOUGH_FOR_ONE_BYTES, 1, MAX_UNASKED);
    return worthwhile == 1 ? 1 : Math.min(worthwhile, first.roundTrip().map(Wire::count).orElse(1));
  }

  private static int count(Duration roundTrip) {
    long rounded = (roundTrip.toMillis() + ENOUGH_FOR_ONE_MILLIS / 2) / ENOUGH_FOR_ONE_MILLIS;
    return Math.clamp(rounded, 1, MAX_UNASKED);
  }
}
