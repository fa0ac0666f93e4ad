package org.blkdelta.sync;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.blkdelta.wire.CountedOutput;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.Tally;
import org.jspecify.annotations.Nullable;

/// A receiver at the other end of a connection, as a sink: the header is taken when its checks have
/// passed, the end when it has said that everything is durable, with the same counts and digest.
public final class RemoteReceiver implements FrameConsumer {

  /// What was heard: an answer, or why there are no more.
  private sealed interface Heard {
    record Said(Answer answer) implements Heard {}

    record Silence(IOException reason) implements Heard {}
  }

  private final Peer peer;
  private final Asked asked;
  private final CountedOutput wire;
  private final FrameWriter writer;
  private final WatchedSilence said;
  private final AnswerReader answers;
  private final AnswerSink asides;
  private final boolean comparing;
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
  private volatile boolean begun;
  private volatile @Nullable LiveWriter live;
  private boolean ended;
  private boolean opened;
  private boolean cut;
  private Answer.Ready ready = new Answer.Ready();
  private long destinationSize;

  /// Creates one that talks to `peer`, which the caller closes.
  ///
  /// @param asked what it was asked for
  /// @param packing what the stream goes through on its way, which flushes when it is flushed
  public RemoteReceiver(Peer peer, Asked asked, Meter meter, UnaryOperator<OutputStream> packing) {
    this(peer, asked, meter, packing, Heartbeat.SILENCE);
  }

  RemoteReceiver(
      Peer peer, Asked asked, Meter meter, UnaryOperator<OutputStream> packing, Duration silence) {
    this(peer, asked, packing, new MeterAnswers(meter), false, silence);
  }

  /// Returns one for a stream without changes, to a peer that compares and does not write.
  ///
  /// @param asked what it was asked for
  /// @param differences takes the greeting, what differs, and at last how much was compared; called
  ///     by another thread too, but no more when the end was taken
  public static RemoteReceiver comparing(Peer peer, Asked asked, AnswerSink differences) {
    return new RemoteReceiver(
        peer, asked, UnaryOperator.identity(), differences, true, Heartbeat.SILENCE);
  }

  private RemoteReceiver(
      Peer peer,
      Asked asked,
      UnaryOperator<OutputStream> packing,
      AnswerSink asides,
      boolean comparing,
      Duration silence) {
    this.asked = asked;
    this.peer = peer;
    this.asides = asides;
    this.comparing = comparing;
    this.wire = new CountedOutput(peer.toPeer());
    this.writer = new FrameWriter(packing.apply(wire));
    this.said = new WatchedSilence(peer.fromPeer(), silence, peer::giveUp);
    this.answers = new AnswerReader(said, peer.name());
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> header(header);
      case Frame.Expect expect -> pass(expect);
      case Frame.Data data -> change(data);
      case Frame.Zero zero -> change(zero);
      case Frame.End end -> end(end);
    }
  }

  @Override
  public Answer.Ready ready() {
    return ready;
  }

  /// Returns false: what fails says by itself how far the run had come.
  @Override
  public boolean hasWritten() {
    return false;
  }

  @Override
  public boolean hasBegun() {
    return begun;
  }

  /// Returns whether it was ready, and then failed because the connection did: not by anybody's
  /// word.
  public boolean isCut() {
    return opened && cut;
  }

  /// Returns the destination's size in bytes, as the peer told it at first; negative if it did not
  /// exist.
  public long destinationSize() {
    return destinationSize;
  }

  /// Returns the bytes that went over the wire.
  public long wireBytes() {
    return wire.count();
  }

  private void header(Frame.Header header) throws IOException {
    Thread.ofPlatform().daemon().name("answers").start(this::listen);
    var greeting = next(Greeting.USUAL.seconds());
    if (greeting == null) {
      throw Greeting.missing(peer.name());
    }
    if (!(answer(greeting) instanceof Answer.Hello hello)) {
      throw unexpected(answer(greeting));
    }
    asked.check(peer.name(), hello.told());
    asides.accept(hello);
    destinationSize = hello.destinationSize();
    write(header);
    live = new LiveWriter(writer);
    var verdict = answer(next(Long.MAX_VALUE));
    if (!(verdict instanceof Answer.Ready granted)) {
      throw unexpected(verdict);
    }
    ready = granted;
    opened = true;
  }

  private void pass(Frame frame) throws IOException {
    checkSilence();
    write(frame);
  }

  private void change(Frame frame) throws IOException {
    checkSilence();
    begun = true;
    write(frame);
  }

  /// What is heard between the first frame and the last is bad news.
  private void checkSilence() throws IOException {
    if (!heard.isEmpty()) {
      throw unexpected(answer(heard.peek()));
    }
  }

  private void end(Frame.End end) throws IOException {
    write(end);
    ended = true;
    try {
      peer.toPeer().close();
    } catch (IOException broken) {
      throw lost(broken);
    }
    var verdict = answer(next(Long.MAX_VALUE));
    if (asked.undo()) {
      verdict = afterSaved(verdict);
    }
    var sum = comparing ? compared(verdict) : result(verdict);
    if (!end.sum().equals(sum)) {
      throw disagreement(end.sum(), sum);
    }
  }

  /// Nobody may be told of an undo that there is not.
  private Answer afterSaved(Answer verdict) throws IOException {
    if (verdict instanceof Answer.Saved) {
      return answer(next(Long.MAX_VALUE));
    }
    if (verdict instanceof Answer.Result) {
      throw new UnconfirmedException(
          peer.name()
              + ": the remote side wrote everything, but does not say that it saved what was there before, so there may be no undo; install the same blkdelta on both");
    }
    return verdict;
  }

  private Tally.Sum result(Answer verdict) throws IOException {
    if (verdict instanceof Answer.Result result) {
      asides.accept(result);
      return result.sum();
    }
    throw unexpected(verdict);
  }

  private Tally.Sum compared(Answer verdict) throws IOException {
    if (verdict instanceof Answer.Compared compared) {
      asides.accept(compared);
      return compared.sum();
    }
    throw unexpected(verdict);
  }

  private void write(Frame frame) throws IOException {
    try {
      var writing = live;
      (writing == null ? writer : writing).accept(frame);
    } catch (IOException broken) {
      throw lost(broken);
    }
  }

  private SyncException disagreement(Tally.Sum sent, Tally.Sum written) {
    if (comparing) {
      return new ConnectionException(
          peer.name() + ": the remote side compared with something else than was sent; run again");
    }
    return new UnconfirmedException(
        "%s: the remote side wrote %d bytes (digest %s), but %d (%s) were sent; run again"
            .formatted(
                peer.name(), written.bytes(), written.digest(), sent.bytes(), sent.digest()));
  }

  /// Says why the connection broke: by the remote side's own word, if it left one.
  private IOException lost(IOException broken) {
    if (next(Greeting.USUAL.seconds()) instanceof Heard.Said word) {
      return unexpected(word.answer());
    }
    cut = true;
    return said.isGivenUp()
        ? failure(said.words(), broken)
        : failure("the connection broke: " + peer.whyItEnded(), broken);
  }

  private SyncException unexpected(Answer answer) {
    if (answer instanceof Answer.Failed failed) {
      return unexpected(failed);
    }
    return failure(
        "the remote side answered out of turn; install the same blkdelta on both",
        new IOException(answer.toString()));
  }

  /// Of several connections to it, one may be lost, and it has only this one to say so.
  private SyncException unexpected(Answer.Failed failed) {
    if (opened && failed.kind() == Answer.Kind.CONNECTION) {
      cut = true;
      return failure(failed.message(), new IOException("told by the remote side"));
    }
    return failed.kind().failure(peer.name() + ": " + failed.message());
  }

  private Answer answer(@Nullable Heard next) throws IOException {
    if (next instanceof Heard.Said word) {
      return word.answer();
    }
    throw silent(
        next instanceof Heard.Silence silence ? silence.reason() : new EOFException("no answer"));
  }

  private SyncException silent(IOException reason) {
    if (reason instanceof ConnectionException told && !begun) {
      return told;
    }
    cut = true;
    if (said.isGivenUp()) {
      return failure(said.words(), reason);
    }
    if (reason instanceof EOFException && !opened && peer.hasRefused()) {
      return new RefusedException(peer.name() + ": " + peer.whyItEnded(), reason);
    }
    return reason instanceof EOFException
        ? failure(peer.whyItEnded(), reason)
        : failure("its answers cannot be read: " + SyncException.describe(reason), reason);
  }

  /// Returns the failure that says how far the run had come.
  private SyncException failure(String what, IOException reason) {
    var message = peer.name() + ": " + what;
    if (ended && !comparing) {
      return new UnconfirmedException(
          message + "; everything was sent, but not confirmed: run again", reason);
    }
    return begun
        ? IncompleteException.after(message, reason)
        : new ConnectionException(message, reason);
  }

  /// Waits for what is heard next; null is nothing in that time.
  private @Nullable Heard next(long seconds) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return heard.poll(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException again) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean isFinding(Answer answer) {
    return answer instanceof Answer.Differs || answer instanceof Answer.Passed;
  }

  private boolean isProgress(Answer answer) {
    return begun && answer instanceof Answer.Durable;
  }

  private void listen() {
    try {
      for (var answer = answers.first(); ; answer = answers.next()) {
        if (comparing ? isFinding(answer) : isProgress(answer)) {
          asides.accept(answer);
        } else {
          heard.add(new Heard.Said(answer));
        }
      }
    } catch (IOException silence) {
      heard.add(new Heard.Silence(silence));
    } catch (RuntimeException | Error bug) {
      heard.add(new Heard.Silence(new IOException(bug.toString(), bug)));
    } finally {
      var writing = live;
      if (writing != null) {
        writing.close();
      }
    }
  }
}
