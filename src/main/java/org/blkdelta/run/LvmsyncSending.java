package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.Reporter;
import org.blkdelta.sync.Destination;
import org.blkdelta.sync.FrameConsumer;
import org.blkdelta.sync.Receiver;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.LvmsyncWriter;
import org.blkdelta.wire.Tally;

/// Sends what a source has as lvmsync does: the format answers nothing.
public final class LvmsyncSending {

  private final Run run;
  private final ChangeSource source;
  private final Reporter reporter;
  private boolean handedOn;

  /// Creates one of a source, which the caller closes.
  public LvmsyncSending(Run run, ChangeSource source) {
    this.run = run;
    this.source = source;
    this.reporter = run.reporter();
  }

  /// Writes the stream to standard output.
  public void toStream(FrameSink writer) throws IOException {
    tell(sent(new StreamOutput(writer)));
  }

  /// Writes to a destination of this host.
  public void toDestination(Destination destination) throws IOException {
    try (var receiver = new Receiver(destination, answer -> {})) {
      tell(sent(receiver));
    }
  }

  /// Sends the stream to another host.
  ///
  /// @param command what takes it there
  public void toHost(Host host, String command, SshOptions ssh) throws IOException {
    try (var peer =
        RemotePeer.start(
            host, reporter.streams(), told -> RemoteShell.start(host, command, ssh, told))) {
      toPeer(peer);
    }
  }

  /// What was handed on.
  private record Sent(Tally.Sum sum, double seconds) {}

  private Sent sent(FrameConsumer to) throws IOException {
    long start = System.nanoTime();
    var sum = moved(to);
    return new Sent(sum, (System.nanoTime() - start) / 1e9);
  }

  private void tell(Sent sent) {
    reporter.finished(
        "sent %s, %s in %.1f s"
            .formatted(
                Sizes.count(sent.sum().extents(), "extent"),
                Sizes.binary(sent.sum().bytes()),
                sent.seconds()));
  }

  private Tally.Sum moved(FrameConsumer to) throws IOException {
    try (var meter = reporter.meter(Totals.of(source).bytes(), source::storeUsage)) {
      meter.phase("sending");
      var sum = run.move(Changes.unanswered(source), to, meter);
      source.movedOn().ifPresent(reporter::warn); // that program says 0
      return sum;
    }
  }

  private void toPeer(RemotePeer peer) throws IOException {
    var process = peer.process();
    var writer = new LvmsyncWriter(process.stdin());
    try {
      var sent =
          sent(
              new Unanswering(
                  frame -> {
                    handedOn |= !(frame instanceof Frame.Header);
                    writer.accept(frame);
                  }));
      process.stdin().close();
      if (process.exitStatus() != 0) {
        throw failed(peer);
      }
      if (process.tookNothing()) {
        throw untaken(peer.name() + ": the remote shell ended with status 0");
      }
      tell(sent);
    } catch (ConnectionException lost) {
      throw handedOn && !process.tookNothing()
          ? IncompleteException.after(String.valueOf(lost.getMessage()), lost)
          : lost;
    } catch (SyncException told) {
      throw told;
    } catch (IOException broken) {
      throw failed(peer);
    }
  }

  /// A peer that only takes.
  private record Unanswering(FrameSink writer) implements FrameConsumer {

    @Override
    public void accept(Frame frame) throws IOException {
      writer.accept(frame);
    }

    @Override
    public Answer.Ready ready() {
      return new Answer.Ready();
    }

    @Override
    public boolean hasWritten() {
      return false;
    }

    /// Leaves what fails as it is: the peer's exit status says more.
    @Override
    public Tally.Sum guarded(Part part) throws IOException {
      return part.run();
    }
  }

  /// The exit status is all that there is: ours says what was written, another's only that
  /// something is wrong.
  private SyncException failed(RemotePeer peer) throws IOException {
    int status = peer.process().exitStatus();
    var message = peer.name() + ": " + peer.whyItEnded();
    var told = Answer.Kind.ofCode(status);
    if (told.isPresent()) {
      return told.get().failure(message);
    }
    if (peer.process().tookNothing() && status != RemotePeer.NOT_FOUND) {
      return untaken(message);
    }
    return handedOn && status != RemotePeer.NOT_FOUND
        ? IncompleteException.after(message)
        : new ConnectionException(message);
  }

  private static ConnectionException untaken(String message) {
    return new ConnectionException(message + " before it took anything; is it an SSH client?");
  }
}
