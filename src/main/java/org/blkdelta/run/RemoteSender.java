package org.blkdelta.run;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.sync.Admission;
import org.blkdelta.sync.Asked;
import org.blkdelta.sync.FrameConsumer;
import org.blkdelta.sync.Greeting;
import org.blkdelta.sync.Heartbeat;
import org.blkdelta.sync.Requested;
import org.blkdelta.sync.WatchedSilence;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.PackedInput;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.blkdelta.wire.Told;

/// A `blkdelta send` that runs on another host: its stream is its standard output, and why a stream
/// is cut its exit status. Closing it ends the connection.
final class RemoteSender implements Closeable {

  /// What is done with the stream.
  @FunctionalInterface
  interface Reading<T> {
    T of(FrameSource stream) throws IOException;
  }

  /// Statuses up to here say what a program wants to say.
  private static final int LAST_OF_ITS_OWN = 128;

  private final RemotePeer peer;
  private final Greeting greeting;
  private final SendOrder order;
  private final Asked asked;
  private final OptionalLong askedBytes;
  private final Admission admission;
  private volatile boolean ended;
  private boolean begun;
  private boolean lost;
  private Optional<String> movedOn = Optional.empty();
  private long wireBytes;
  private long digestedBytes;

  /// @param greeting waits for the first bytes
  /// @param asked what the sender was asked for
  /// @param askedBytes how many bytes the stream is to have; empty for a whole volume
  RemoteSender(
      RemotePeer peer, SendOrder order, Asked asked, OptionalLong askedBytes, Greeting greeting) {
    this.greeting = greeting;
    this.peer = peer;
    this.order = order;
    this.asked = asked;
    this.askedBytes = askedBytes;
    this.admission = new Admission(peer.toPeer());
  }

  /// Returns how many bytes a stream will have; 0 if unknown.
  long expectedBytes(FrameSource stream) throws IOException {
    return order.isWhole() ? askedBytes.orElse(stream.header().volumeSize()) : 0;
  }

  /// Returns how many bytes have come.
  long wireBytes() {
    return wireBytes;
  }

  /// Returns of how many bytes digests have come.
  long digestedBytes() {
    return digestedBytes;
  }

  /// Returns what hands on the stream, and has the sender begin before that.
  Producer producer(FrameSource stream, Resumption resumption) {
    return pulled(
        stream,
        ready -> {
          if (waits()) {
            begin(resumption.of(ready));
          }
        });
  }

  /// Returns what hands on a stream of digests, whose sender does not wait.
  Producer digests(FrameSource stream) {
    return pulled(stream, ready -> begun = true);
  }

  private Producer pulled(FrameSource stream, Consumer<Answer.Ready> begin) {
    return new Producer() {
      @Override
      public StreamHeader header() throws IOException {
        return stream.header();
      }

      @Override
      public Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to)
          throws IOException {
        begin.accept(ready);
        return FrameConsumer.rest(stream, checked(to, header));
      }

      @Override
      public boolean isProgress(Frame frame) {
        return true;
      }
    };
  }

  /// Returns a sink that holds the sender to what it was asked for.
  private FrameSink checked(FrameSink next, StreamHeader header) {
    FrameSink counted =
        frame -> {
          if (frame instanceof Frame.Expect expect) {
            digestedBytes += expect.length();
          }
          next.accept(frame);
        };
    return order.isWhole()
        ? new Requested(counted, askedBytes.orElse(header.volumeSize()))
        : counted;
  }

  /// Returns whether the sender waits until it may begin. The input of one that was given a list
  /// ended with that.
  private boolean waits() {
    return !order.isListed();
  }

  /// Tells a sender that waits, from now on, that the destination's checks go on.
  ///
  /// @param destinationSize in bytes, or -1 if it does not exist
  void greet(long destinationSize) {
    if (waits()) {
      admission.greet(destinationSize);
    }
  }

  /// Has the sender begin: the destination's checks have passed.
  void begin(Answer.Ready ready) {
    begun = true;
    admission.grant(ready);
  }

  /// Returns whether it had begun, and then the connection broke or the sender was killed.
  boolean isCut() {
    return begun && lost;
  }

  /// Has the stream read to its end.
  ///
  /// @return what the reading returned, if the remote side did all its work
  /// @throws SyncException of the remote side's own kind where it failed before anything was
  /// written
  <T> T read(Reading<T> reading) throws IOException {
    var stream = open();
    T result;
    try {
      result = reading.of(stream);
    } catch (SourceException unwritten) {
      throw ended ? failure(unwritten) : unwritten;
    } catch (IncompleteException cut) {
      throw ended ? failure(cut) : cut;
    }
    int status = status();
    if (status == ExitCode.MOVED_ON.number()) {
      movedOn = Optional.of(peer.name() + ": " + peer.said());
    } else if (status != 0) {
      throw new UnconfirmedException(
          "%s: sent everything, but then failed: %s; run again"
              .formatted(peer.name(), peer.whyItEnded()));
    }
    return result;
  }

  /// Returns in the remote side's words that the source moved on while it was read, if it did.
  Optional<String> movedOn() {
    return movedOn;
  }

  @Override
  public void close() throws IOException {
    admission.close();
    peer.close();
  }

  /// Reads the beginning. A format that cannot prove that it is complete is none for a connection.
  private FrameSource open() throws IOException {
    try {
      var in = unpacked();
      var stream = greeting.await(() -> FrameSource.open(in, peer.name()), peer.name());
      if (stream.provesCompleteness()) {
        asked.check(peer.name(), Told.of(stream.header().told()));
        return stream;
      }
    } catch (SourceException bad) {
      if (ended && status() != 0) {
        throw failure(bad);
      }
    } catch (SyncException told) {
      throw told;
    } catch (IOException broken) {
      throw new ConnectionException(
          peer.name() + ": the connection broke: " + SyncException.describe(broken), broken);
    }
    throw new ConnectionException(
        peer.name()
            + ": the remote side printed something else than a stream; make shell start-up files"
            + " silent for non-interactive shells, and install the same blkdelta on both");
  }

  /// Waits for the sender's end. A status of a shell's above 128 is a signal's, or of ssh that the
  /// connection was lost: not the sender's word.
  private int status() throws IOException {
    int status = peer.process().exitStatus();
    lost = status > LAST_OF_ITS_OWN;
    return status;
  }

  /// The stream is cut, and something was written.
  private IncompleteException failure(IncompleteException cut) throws IOException {
    status();
    return new IncompleteException(cut.getMessage() + " (" + peer.whyItEnded() + ")", cut);
  }

  private InputStream unpacked() {
    var in = new NotingInput(peer.fromPeer());
    return order.packing().isWanted() ? new PackedInput(in, peer.name()) : in;
  }

  /// The stream is cut because the remote side failed, and nothing was written.
  private SyncException failure(SourceException cut) throws IOException {
    int status = status();
    if (status == 0) {
      return cut; // it says that all is well, and so knows less
    }
    var why = peer.name() + ": " + peer.whyItEnded();
    var kind = Answer.Kind.ofCode(status).orElse(Answer.Kind.CONNECTION);
    return switch (kind) {
      case USAGE, SOURCE, REFUSED -> kind.failure(why);
      case CONNECTION, INCOMPLETE, UNCONFIRMED -> new ConnectionException(why, cut);
    };
  }

  /// Notes how long the stream is, and its end, by whatever comes of it.
  private final class NotingInput extends FilterInputStream {

    NotingInput(InputStream in) {
      super(new WatchedSilence(in, Heartbeat.SILENCE, peer::giveUp));
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      try {
        int count = in.read(to, offset, length);
        ended |= count < 0;
        wireBytes += Math.max(0, count);
        return count;
      } catch (IOException lost) {
        ended = true;
        throw lost;
      }
    }
  }
}
