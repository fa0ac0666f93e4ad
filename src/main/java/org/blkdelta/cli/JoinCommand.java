package org.blkdelta.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.nio.file.NoSuchFileException;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Rendezvous;
import org.blkdelta.host.RunFolder;
import org.blkdelta.wire.StripedOutput;
import picocli.CommandLine.Command;

/// `blkdelta join`, which runs at the remote side of each further connection.
@Command(
    name = "join",
    mixinStandardHelpOptions = true,
    hidden = true,
    abbreviateSynopsis = true,
    description =
        "The remote side of a further connection of sync: hands its standard input to the receiver"
            + " that runs there. Not for people.")
final class JoinCommand implements Callable<Integer> {

  /// Printed when the receiver was found.
  static final int JOINED = 'j';

  private static final int TRIES = 600;
  private static final long PAUSE_MILLIS = 50;

  private final Streams streams;

  JoinCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    var name = HexFormat.of().formatHex(streams.in().readNBytes(StripedOutput.NAME_SIZE));
    try (var receiver = join(name)) {
      streams.data().write(JOINED);
      streams.data().flush();
      var buffer = new byte[1 << 18];
      for (int count = read(buffer); count >= 0; count = read(buffer)) {
        receiver.write(buffer, 0, count);
      }
    } catch (IOException over) {
      throw new ConnectionException(
          "join: " + SyncException.describe(over) + "; the receiver says why", over);
    }
    return ExitCode.DONE.number();
  }

  private int read(byte[] buffer) throws IOException {
    return streams.in().read(buffer, 0, buffer.length);
  }

  /// The receiver may be a little later than we.
  private static OutputStream join(String name) throws IOException {
    for (int tried = 1; ; tried++) {
      try {
        return Rendezvous.join(RunFolder.ofUser(), name);
      } catch (NoSuchFileException | ConnectException none) {
        if (tried == TRIES) {
          throw none;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
      }
    }
  }
}
