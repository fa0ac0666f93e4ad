package org.blkdelta.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.run.FarReceiver;
import org.blkdelta.run.ReceiveOrder;
import org.blkdelta.run.Stop;
import org.blkdelta.usage.Usage;
import org.blkdelta.wire.Zstandard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `blkdelta receive`, which `sync` runs at the remote side.
@Usage(
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON
    })
@Command(
    name = "receive",
    hidden = true,
    abbreviateSynopsis = true,
    description =
        "The remote side of sync: takes a change stream on standard input and answers on standard"
            + " output. Not for people.")
final class ReceiveCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "PATH",
      description = "The destination, or the URI of an export.")
  String path;

  @Mixin ReceiveOptions options;
  @Mixin RawOption raw;

  private final Streams streams;
  private final Stop stop;

  ReceiveCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  /// Returns what it was told, as it understood it.
  ReceiveOrder order() throws UsageException {
    return options.order(raw.raw);
  }

  @Override
  public Integer call() throws IOException {
    var order = order();
    if (order.isPacked()) {
      Zstandard.load();
    }
    try {
      FarReceiver.of(order, DestinationName.of(path), streams, stop);
    } catch (SyncException answered) {
      // the sender was told, and tells its user; a second message would only repeat it
      return ExitCode.of(answered).number();
    }
    return ExitCode.DONE.number();
  }
}
