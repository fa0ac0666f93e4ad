package org.blkdelta.stripes;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.RemoteProcess;

/// The connections of one run. Further ones are made while the first is used already, and take part
/// from then on; closing this ends them.
public final class Lanes implements Closeable {

  /// Makes a further connection, and starts a [Joining] there.
  @FunctionalInterface
  public interface Further {
    RemoteProcess start() throws SyncException;
  }

  private final Further further;
  private final Consumer<String> warnings;
  private final byte[] name;
  private final OutputStream output;
  private final List<RemoteProcess> processes = new ArrayList<>();
  private boolean closed;

  private Lanes(OutputStream output, byte[] name, Further further, Consumer<String> warnings) {
    this.output = output;
    this.name = name;
    this.further = further;
    this.warnings = warnings;
  }

  /// Begins to make further connections until there are `count`, the first one among them.
  public static Lanes open(
      RemoteProcess first, int count, Further further, Consumer<String> warnings) {
    var name = new byte[StripedOutput.NAME_SIZE];
    if (count == 1) {
      return new Lanes(first.stdin(), name, further, warnings);
    }
    new SecureRandom().nextBytes(name);
    var striped = new StripedOutput(first.stdin(), name);
    var lanes = new Lanes(striped, name, further, warnings);
    for (int lane = 1; lane < count; lane++) {
      Thread.ofPlatform().daemon().name("connect").start(() -> lanes.connect(striped));
    }
    return lanes;
  }

  /// Returns where the stream goes.
  public OutputStream output() {
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
        if (process.stdout().read() != Joining.JOINED) {
          var said = process.stderrTail().strip();
          throw new ConnectionException(said.isEmpty() ? "it ended before it was joined" : said);
        }
        striped.add(process.stdin());
      }
    } catch (IOException fault) {
      if (!isClosed()) {
        warnings.accept(
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
