package org.blkdelta.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.stripes.Joining;
import org.blkdelta.sync.Heartbeat;
import org.blkdelta.usage.Usage;
import picocli.CommandLine.Command;

/// `blkdelta join`, which runs at the remote side of each further connection.
@Usage(exits = {ExitCode.DONE, ExitCode.CONNECTION})
@Command(
    name = "join",
    hidden = true,
    abbreviateSynopsis = true,
    description =
        "The remote side of a further connection of sync: hands its standard input to the receiver"
            + " that runs there. Not for people.")
final class JoinCommand implements Callable<Integer> {

  private final Streams streams;

  JoinCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    try {
      boolean whole = Joining.hand(streams.in(Heartbeat.SILENCE), streams.data());
      return (whole ? ExitCode.DONE : ExitCode.CONNECTION).number();
    } catch (IOException over) {
      throw new ConnectionException(
          "join: " + SyncException.describe(over) + "; the receiver says why", over);
    }
  }
}
