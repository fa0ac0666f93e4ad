package org.blkdelta.run;

import java.io.IOException;
import java.util.function.Consumer;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// The undo of a run that was interrupted, up to its last whole record. That is enough: a record
/// was durable before its place was overwritten, so what was not saved whole was not overwritten.
public final class InterruptedUndo implements FrameSource {

  private final FrameSource undo;
  private final Consumer<String> warnings;
  private final Tally tally = new Tally();
  private boolean handingOn;

  /// Creates one that warns of what it leaves out.
  ///
  /// @throws RefusedException if the stream is no undo, and so must be whole
  public InterruptedUndo(FrameSource undo, String name, Consumer<String> warnings)
      throws IOException {
    if (undo.header().undoes().isEmpty()) {
      throw new RefusedException(
          name + ": is not the undo of a run of blkdelta; leave --undo-of-interrupted out");
    }
    this.undo = undo;
    this.warnings = warnings;
  }

  @Override
  public StreamHeader header() throws IOException {
    return undo.header();
  }

  @Override
  public boolean isAscending() {
    return undo.isAscending();
  }

  @Override
  public boolean provesCompleteness() {
    return undo.provesCompleteness();
  }

  @Override
  public void frames(FrameSink sink) throws IOException {
    try {
      undo.frames(frame -> handOn(frame, sink));
    } catch (SourceException cut) {
      if (handingOn) {
        throw cut; // the receiver's own word
      }
      var sum = tally.sum();
      warnings.accept(
          "%s: what was saved before, %s in %s, is rolled back; nothing after it was overwritten by that run"
              .formatted(
                  cut.getMessage(), Sizes.exact(sum.bytes()), Sizes.count(sum.frames(), "record")));
      sink.accept(new Frame.End(sum));
    }
  }

  private void handOn(Frame frame, FrameSink sink) throws IOException {
    handingOn = true;
    switch (frame) {
      case Frame.Data data -> tally.data(data.offset(), data.bytes());
      case Frame.Zero zero -> tally.zero(zero.offset(), zero.length());
      case Frame.Expect expect -> tally.expect(expect);
      case Frame.Header header -> {}
      case Frame.End end -> {}
    }
    sink.accept(frame);
    handingOn = false;
  }
}
