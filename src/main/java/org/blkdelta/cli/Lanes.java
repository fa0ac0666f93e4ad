package org.blkdelta.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.wire.StripedOutput;

/// The connections of one run. Further ones are made while the first is used already, and take part
/// from then on; closing this ends them.
final class Lanes implements Closeable {

  /// Makes a further connection, and starts [JoinCommand] there.
  @FunctionalInterface
  interface Further {
    RemoteProcess start() throws SyncException;
  }

  private final Further further;
  private final Streams streams;
  private final byte[] name;
  private final OutputStream output;
  private final List<RemoteProcess> processes = new ArrayList<>();
  private boolean closed;

  private Lanes(OutputStream output, byte[] name, Further further, Streams streams) {
    this.output = output;
    this.name = name;
    this.further = further;
    this.streams = streams;
  }

  /// Begins to make further connections until there are `count`.
  static Lanes open(RemoteProcess first, int count, Further further, Streams streams) {
    var name = new byte[StripedOutput.NAME_SIZE];
    if (count == 1) {
      return new Lanes(first.stdin(), name, further, streams);
    }
    new SecureRandom().nextBytes(name);
    var striped = new StripedOutput(first.stdin(), name);
    var lanes = new Lanes(striped, name, further, streams);
    for (int lane = 1; lane < count; lane++) {
      Thread.ofPlatform().daemon().name("connect").start(() -> lanes.connect(striped));
    }
    return lanes;
  }

  /// Returns where the stream goes.
  OutputStream output() {
    return output;
  }

  @Override
  public void close() throws IOException {
    List<RemoteProcess> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(processes);
    }
    for (var process : all) {
      process.close();
    }
  }

  private void connect(StripedOutput striped) {
    try {
      var process = further.start();
      if (isKept(process)) {
        process.stdin().write(name);
        process.stdin().flush();
        if (process.stdout().read() != JoinCommand.JOINED) {
          var said = process.stderrTail().strip();
          throw new ConnectionException(said.isEmpty() ? "it ended before it was joined" : said);
        }
        striped.add(process.stdin());
      }
    } catch (IOException fault) {
      if (!isClosed()) {
        streams.warn(
            "can't open another connection; continuing with fewer: "
                + SyncException.describe(fault));
      }
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private boolean isKept(RemoteProcess process) throws IOException {
    synchronized (this) {
      if (!closed) {
        processes.add(process);
        return true;
      }
    }
    process.close();
    return false;
  }
}
