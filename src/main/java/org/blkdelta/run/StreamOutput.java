package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.sync.FrameConsumer;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;

/// A stream that goes to standard output: a full disk or a closed pipe there is a failure.
///
/// @param writer writes it
/// @param readiness says where to begin
record StreamOutput(FrameSink writer, Readiness readiness) implements FrameConsumer {

  /// Says where a stream begins.
  @FunctionalInterface
  interface Readiness {
    /// Returns when that is known.
    Answer.Ready await() throws IOException;
  }

  /// Creates one that nobody answers.
  StreamOutput(FrameSink writer) {
    this(writer, Answer.Ready::new);
  }

  @Override
  public Answer.Ready ready() throws IOException {
    return readiness.await();
  }

  /// Returns false: what fails says by itself that the stream is incomplete.
  @Override
  public boolean hasWritten() {
    return false;
  }

  /// Returns true: whoever reads it has its beginning.
  @Override
  public boolean hasBegun() {
    return true;
  }

  @Override
  public void accept(Frame frame) throws IOException {
    try {
      writer.accept(frame);
    } catch (IOException fault) {
      throw new IncompleteException(
          "standard output: "
              + SyncException.describe(fault)
              + "; the stream is incomplete: make it again",
          fault);
    }
  }
}
