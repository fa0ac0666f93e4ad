package org.blkdelta.cli;

import java.util.OptionalInt;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.run.FarSource;
import org.blkdelta.run.Wire;
import org.blkdelta.wire.Packing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Over how many connections a run goes, and how often they are made anew.
@Command(optionListHeading = "Connection:")
final class Connections {

  private static final int MAX_COUNT = 16;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = {
        "Use so many SSH connections, 1 to 16.",
        "One alone is slow over a long distance. If some can't be opened, the rest are used. Only for a destination on another machine. Default: one for each 10 ms of the round trip, at most 8, and for each 64 MiB to send; 1 with an external client."
      })
  @Nullable Integer count;

  @Option(
      names = "--retries",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Connect again up to N times when the connection breaks. Default: ${DEFAULT-VALUE}.",
        "The run goes on where it was cut, after growing pauses of 1 to 30 seconds."
      })
  int retries;

  /// Returns how a run goes to another machine.
  ///
  /// @param savesUndo whether each run needs an undo of its own
  Wire wire(Location from, Location to, boolean savesUndo, Packing packing) throws UsageException {
    if (count != null && (count < 1 || count > MAX_COUNT || (count > 1 && !to.isRemote()))) {
      throw new UsageException(
          "--connections=%d: give 1 to %d, and only with a destination on another machine"
              .formatted(count, MAX_COUNT));
    }
    var retried = retried(retries, from, to);
    if (savesUndo && retries > 0) {
      throw new UsageException(
          "--retries=%d: not with --undo, of which each run needs one of its own"
              .formatted(retries));
    }
    return new Wire(
        count == null ? OptionalInt.empty() : OptionalInt.of(count), retried.retries(), packing);
  }

  /// Returns how a run goes to another machine of which only the retries are said.
  static Wire retried(int retries, Location from, Location to) throws UsageException {
    boolean isConnected = to.isRemote() || FarSource.reads(from);
    if (retries < 0 || (retries > 0 && !isConnected)) {
      throw new UsageException(
          "--retries=%d: give 0 or more, and only if blkdelta runs on another machine too"
              .formatted(retries));
    }
    return new Wire(OptionalInt.empty(), retries, Wire.USUAL.packing());
  }
}
