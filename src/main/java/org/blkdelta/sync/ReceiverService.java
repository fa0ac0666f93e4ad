package org.blkdelta.sync;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.UnaryOperator;
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
  /// @param destinationSize bytes of the destination, or -1 where it does not exist yet
  public void serve(long destinationSize, DestinationOpener opener) throws IOException {
    answers.send(new Answer.Hello(destinationSize, told));
    try (var receiver = new Receiver(opener, answers::send)) {
      receiver.receive(FrameSource.open(in, "stream"), before);
    } catch (SyncException failed) {
      tell(failed);
      throw failed;
    }
  }

  /// Serves one run that compares.
  ///
  /// @param destinationSize bytes of the destination, or -1 where it does not exist
  /// @return how many bytes differ
  public long compare(long destinationSize, Comparer.Opener opener) throws IOException {
    answers.send(new Answer.Hello(destinationSize, told));
    try (var comparer = new Comparer(opener, answers::send)) {
      comparer.compare(FrameSource.open(in, "stream"), before);
      return comparer.differing();
    } catch (SyncException failed) {
      tell(failed);
      throw failed;
    }
  }

  /// Answers with a failure, as far as anyone still listens.
  private void tell(SyncException failed) {
    try {
      answers.send(new Answer.Failed(Answer.Kind.of(failed), String.valueOf(failed.getMessage())));
    } catch (IOException unheard) {
      failed.addSuppressed(unheard);
    }
  }
}
