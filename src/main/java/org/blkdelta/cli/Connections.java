package org.blkdelta.cli;

import java.time.Duration;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.RemoteProcess;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Over how many connections a run goes, and how often they are made anew.
@Command(optionListHeading = "How it is connected:")
final class Connections {

  private static final int MAX_COUNT = 16;
  private static final int MAX_UNASKED = 8;

  /// OpenSSH lets 2 MiB be under way on a connection: that is 200 MB/s at this round trip.
  private static final long ENOUGH_FOR_ONE_MILLIS = 10;

  /// What one connection has sent before a further one would take part: 2 MiB each round trip.
  private static final long ENOUGH_FOR_ONE_BYTES = 64L << 20;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description =
          "Send over so many SSH connections to a remote destination, 1 to 16: one alone is slow over"
              + " a long distance. Those that cannot be made are done without. Default: one for each 10"
              + " ms of the round trip, at most 8, and for each 64 MiB to send; 1 with an external"
              + " client.")
  @Nullable Integer count;

  @Option(
      names = "--retries",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Connect anew where the connection to another machine breaks, at most N times, and go on"
              + " there; with growing pauses of 1 to 30 seconds. Default: ${DEFAULT-VALUE}.")
  int retries;

  /// Refuses what cannot be meant.
  void check(Location from, Location to, DestinationOptions options) throws UsageException {
    if (count != null && (count < 1 || count > MAX_COUNT || (count > 1 && !to.isRemote()))) {
      throw new UsageException(
          "--connections=%d: give 1 to %d, and only with a destination on another machine"
              .formatted(count, MAX_COUNT));
    }
    boolean isConnected = to.isRemote() || RemoteSource.reads(from);
    if (retries < 0 || (retries > 0 && (options.undo != null || !isConnected))) {
      throw new UsageException(
          "--retries=%d: give 0 or more, and only where blkdelta runs on another machine too; and not with --undo, of which each run needs one of its own"
              .formatted(retries));
    }
  }

  /// Returns how many there are to be, with the first one, which is there.
  ///
  /// @param bytes to be sent
  int count(RemoteProcess first, long bytes) {
    if (count != null) {
      return count;
    }
    int worthwhile = Math.clamp(bytes / ENOUGH_FOR_ONE_BYTES, 1, MAX_UNASKED);
    return worthwhile == 1
        ? 1
        : Math.min(worthwhile, first.roundTrip().map(Connections::count).orElse(1));
  }

  private static int count(Duration roundTrip) {
    long rounded = (roundTrip.toMillis() + ENOUGH_FOR_ONE_MILLIS / 2) / ENOUGH_FOR_ONE_MILLIS;
    return Math.clamp(rounded, 1, MAX_UNASKED);
  }
}
