package org.blkdelta.sync;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.UnaryOperator;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerWriter;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.Told;

/// The far end of a live run: answers on `out` what became of the stream on `in`.
public final class ReceiverService {

  private final Told told;
  private final InputStream in;
  private final AnswerWriter answers;
  private final UnaryOperator<FrameSink> before;

  /// Creates one that talks over two streams, which the caller closes.
  ///
  /// @param told what it was told to do, for the greeting
  /// @param before puts what watches the run in front of the receiver
  public ReceiverService(
      InputStream in, OutputStream out, Told told, UnaryOperator<FrameSink> before) {
    this.told = told;
    this.before = before;
    this.in = in;
    this.answers = new AnswerWriter(out);
  }

  /// Serves one run.
  ///
  /// @param destinationSize bytes of the destination, or -1 if it does not exist yet
  public void serve(long destinationSize, Destination destination) throws IOException {
    answers.send(new Answer.Hello(destinationSize, told));
    var heartbeat = Heartbeat.start(Heartbeat.EVERY, answers::alive);
    try (heartbeat;
        var receiver = new Receiver(destination, answers::send)) {
      receiver.receive(FrameSource.open(in, "stream"), before);
    } catch (SyncException failed) {
      tell(failed);
      throw failed;
    }
  }

  /// Serves one run that compares.
  ///
  /// @param destinationSize bytes of the destination, or -1 if it does not exist
  /// @return how many bytes differ
  public long compare(long destinationSize, Comparer.Opener opener) throws IOException {
    answers.send(new Answer.Hello(destinationSize, told));
    var heartbeat = Heartbeat.start(Heartbeat.EVERY, answers::alive);
    try (heartbeat;
        var comparer = new Comparer(opener, answers::send)) {
      comparer.receive(FrameSource.open(in, "stream"), before);
      return comparer.differing();
    } catch (SyncException failed) {
      tell(failed);
      throw failed;
    }
  }

  /// A connection that was lost is told as that, whatever was written: the sender knows what it has
  /// sent, and may try again.
  private static Answer.Kind kind(SyncException failed) {
    return failed.getCause() instanceof ConnectionException
        ? Answer.Kind.CONNECTION
        : Answer.Kind.of(failed);
  }

  /// Answers with a failure, as far as anyone still listens.
  private void tell(SyncException failed) {
    try {
      answers.send(new Answer.Failed(kind(failed), String.valueOf(failed.getMessage())));
    } catch (IOException unheard) {
      failed.addSuppressed(unheard);
    }
  }
}
