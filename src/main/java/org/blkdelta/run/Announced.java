package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Frames of which is told what they are before the first change is handed on: the destination is
/// ready then, and what it must hold was compared before.
///
/// @param telling tells it; asked before each change
record Announced(Producer next, Runnable telling) implements Producer {

  @Override
  public StreamHeader header() throws IOException {
    return next.header();
  }

  @Override
  public Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to)
      throws IOException {
    return next.produce(header, ready, frame -> announced(frame, to));
  }

  private void announced(Frame frame, FrameSink to) throws IOException {
    switch (frame) {
      case Frame.Data data -> telling.run();
      case Frame.Zero zero -> telling.run();
      case Frame.Header header -> {}
      case Frame.Expect expect -> {}
      case Frame.End end -> {}
    }
    to.accept(frame);
  }

  @Override
  public boolean isProgress(Frame frame) {
    return next.isProgress(frame);
  }
}
