package org.blkdelta.run;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.blkdelta.destination.Treatment;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Reporter;
import org.blkdelta.sync.Greeting;
import org.blkdelta.sync.Heartbeat;

/// Far ends that were started ahead of their runs: a run that finds its own here needs no login and
/// no start. Closing this ends those that nobody took. Several threads may use one.
public final class Standby implements Closeable {

  /// A far end that hears nothing for [Heartbeat#SILENCE] gives up.
  private static final Duration MAX_AGE = Heartbeat.SILENCE.minusSeconds(30);

  private record Waiting(Host host, List<String> words, RemotePeer peer, long since) {
    /// It was sent nothing, so what it says at its end is no complaint.
    void end() {
      peer.giveUp();
      peer.lastWords().take();
    }
  }

  private final LongSupplier nanos;
  private final List<Waiting> waiting = new ArrayList<>();

  /// Creates one without far ends.
  public Standby() {
    this(System::nanoTime);
  }

  /// Creates one with another clock.
  ///
  /// @param nanos only goes forward
  Standby(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /// Starts one that receives what a transfer sends, and returns when it runs. A file or a device
  /// is opened by it only when it is sent something.
  ///
  /// @param to a destination on another host
  /// @throws SyncException if the host cannot be reached, does not let us in, or has no blkdelta
  public void start(Far far, Location to, Treatment treatment, Wire wire, Reporter reporter)
      throws SyncException {
    var host = to.host().orElseThrow();
    var words = Transfer.words(to, treatment, wire);
    long since = nanos.getAsLong();
    var started = far.start(host, words, reporter);
    try {
      var waits = new Waiting(host, words, started.greeted(Greeting.USUAL), since);
      synchronized (waiting) {
        waiting.add(waits);
      }
    } catch (SyncException | RuntimeException fault) {
      started.giveUp();
      throw fault;
    }
  }

  /// Hands one out, which the caller closes.
  ///
  /// @param words its arguments
  Optional<RemotePeer> take(Host host, List<String> words) {
    var found = taken(host, words);
    if (found.isPresent() && nanos.getAsLong() - found.get().since() > MAX_AGE.toNanos()) {
      found.get().end();
      return Optional.empty();
    }
    return found.map(Waiting::peer);
  }

  private Optional<Waiting> taken(Host host, List<String> words) {
    synchronized (waiting) {
      var found =
          waiting.stream()
              .filter(each -> each.host().equals(host) && each.words().equals(words))
              .findFirst();
      found.ifPresent(waiting::remove);
      return found;
    }
  }

  @Override
  public void close() {
    List<Waiting> left;
    synchronized (waiting) {
      left = List.copyOf(waiting);
      waiting.clear();
    }
    left.forEach(Waiting::end);
  }
}
