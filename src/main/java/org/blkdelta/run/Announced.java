package org.blkdelta.run;

import java.io.IOException;
import java.util.function.Consumer;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Frames of which is told what they are before the first change is handed on: the destination is
/// ready then, and what it must hold was compared before.
final class Announced implements Producer {

  private final Producer next;
  private final Consumer<StreamHeader> telling;
  private boolean isTold;

  /// @param telling tells it, of a stream that begins so; called once at most
  Announced(Producer next, Consumer<StreamHeader> telling) {
    this.next = next;
    this.telling = telling;
  }

  @Override
  public StreamHeader header() throws IOException {
    return next.header();
  }

  @Override
  public Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to)
      throws IOException {
    return next.produce(header, ready, frame -> announced(header, frame, to));
  }

  private void announced(StreamHeader header, Frame frame, FrameSink to) throws IOException {
    switch (frame) {
      case Frame.Data data -> tell(header);
      case Frame.Zero zero -> tell(header);
      case Frame.Header begun -> {}
      case Frame.Expect expect -> {}
      case Frame.End end -> {}
    }
    to.accept(frame);
  }

  private void tell(StreamHeader header) {
    if (!isTold) {
      isTold = true;
      telling.accept(header);
    }
  }

  @Override
  public boolean isProgress(Frame frame) {
    return next.isProgress(frame);
  }
}
