package org.blkdelta.sync;

import java.io.IOException;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.Tally;
import org.jspecify.annotations.Nullable;

/// A receiver at the other end of a connection, as a sink: the header is taken when its checks have
/// passed, the end when it has said that everything is durable, with the same counts and digest.
public final class RemoteReceiver implements FrameSink {

  private final Peer peer;
  private final FrameWriter writer;
  private final AnswerReader answers;
  private final Meter meter;
  private final Thread listener;
  private volatile @Nullable Answer last;
  private boolean begun;

  /// Creates one that talks to `peer`, which the caller closes.
  public RemoteReceiver(Peer peer, Meter meter) {
    this.peer = peer;
    this.meter = meter;
    this.writer = new FrameWriter(peer.toPeer());
    this.answers = new AnswerReader(peer.fromPeer(), peer.name());
    this.listener = Thread.ofPlatform().daemon().name("answers").unstarted(this::listen);
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> header(header);
      case Frame.Data data -> change(data);
      case Frame.Zero zero -> change(zero);
      case Frame.End end -> end(end);
    }
  }

  /// Returns the bytes that went over the wire.
  public long wireBytes() {
    return writer.written();
  }

  private void header(Frame.Header header) throws IOException {
    try {
      greeting(answers.first());
      writer.accept(header);
      ready(answers.next());
    } catch (SyncException told) {
      throw told;
    } catch (IOException ended) {
      throw new ConnectionException(peer.name() + ": " + peer.whyItEnded(), ended);
    }
    listener.start();
  }

  private void greeting(Answer answer) throws IOException {
    if (!(answer instanceof Answer.Hello)) {
      throw unexpected(answer);
    }
  }

  private void ready(Answer answer) throws IOException {
    if (!(answer instanceof Answer.Ready)) {
      throw unexpected(answer);
    }
  }

  private void change(Frame frame) throws IOException {
    if (last != null) {
      throw unexpected(last);
    }
    begun = true;
    try {
      writer.accept(frame);
    } catch (IOException broken) {
      throw lost(broken);
    }
  }

  private void end(Frame.End end) throws IOException {
    try {
      writer.accept(end);
      peer.toPeer().close();
    } catch (IOException broken) {
      throw lost(broken);
    }
    if (heard() instanceof Answer.Result result) {
      confirm(end.sum(), result.sum());
      return;
    }
    if (last != null) {
      throw unexpected(last);
    }
    throw new UnconfirmedException(
        "%s: everything was sent, but the remote side did not confirm it: %s; run again"
            .formatted(peer.name(), peer.whyItEnded()));
  }

  private void confirm(Tally.Sum sent, Tally.Sum written) throws UnconfirmedException {
    if (!sent.equals(written)) {
      throw new UnconfirmedException(
          "%s: the remote side wrote %d bytes (digest %s), but %d (%s) were sent; run again"
              .formatted(
                  peer.name(), written.bytes(), written.digest(), sent.bytes(), sent.digest()));
    }
  }

  /// Says why the connection broke: by the remote side's own word, if it left one.
  private IOException lost(IOException broken) {
    if (heard() != null) {
      return unexpected(heard());
    }
    var message = peer.name() + ": the connection broke: " + peer.whyItEnded();
    return begun
        ? new IncompleteException(
            message + "; the destination is incomplete until a run completes", broken)
        : new ConnectionException(message, broken);
  }

  private IOException unexpected(Answer answer) {
    return answer instanceof Answer.Failed failed
        ? failed.kind().failure(peer.name() + ": " + failed.message())
        : new ConnectionException(peer.name() + ": the remote side answered out of turn");
  }

  /// Waits for the last answer there will be; none is null.
  private @Nullable Answer heard() {
    boolean interrupted = false;
    while (true) {
      try {
        listener.join();
        break;
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return last;
  }

  private void listen() {
    try {
      while (true) {
        var answer = answers.next();
        if (answer instanceof Answer.Durable durable) {
          meter.durable(durable.bytes());
        } else {
          last = answer;
          return;
        }
      }
    } catch (IOException ended) {
      // the end of the answers: whoever waits finds no last one
    }
  }
}
