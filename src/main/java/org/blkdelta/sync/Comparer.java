package org.blkdelta.sync;

import java.io.Closeable;
import java.io.IOException;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentRuns;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.jspecify.annotations.Nullable;

/// A destination that compares, and never writes: it answers where it is not what a stream expects.
/// What lies beyond its end is different too. The end is answered with how much that was.
public final class Comparer implements FrameConsumer, Closeable {

  /// Opens a destination for reading.
  @FunctionalInterface
  public interface Opener {
    /// Opens the destination for the stream that begins so; the caller closes the disk.
    ///
    /// @throws RefusedException if it cannot be compared
    Disk open(StreamHeader header) throws IOException;
  }

  private static final long PASSED_EVERY = 64 << 20;

  private final Opener opener;
  private final AnswerSink answers;
  private final Tally tally = new Tally();
  private @Nullable Disk disk;
  private @Nullable Comparison comparison;
  private @Nullable ExtentRuns differing;
  private long compared;
  private long passed;
  private long extents;
  private long bytes;

  /// Creates one that reads what `opener` opens.
  public Comparer(Opener opener, AnswerSink answers) {
    this.opener = opener;
    this.answers = answers;
  }

  /// Returns how many of them differ.
  public long differing() {
    return bytes;
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> open(header.stream());
      case Frame.Expect expect -> compare(expect);
      case Frame.Data data -> throw change(data.offset());
      case Frame.Zero zero -> throw change(zero.offset());
      case Frame.End end -> end(end);
    }
  }

  /// Returns that nothing is known, and everything is to be compared.
  @Override
  public Answer.Ready ready() {
    return new Answer.Ready();
  }

  @Override
  public boolean hasWritten() {
    return false;
  }

  @Override
  public void close() throws IOException {
    if (disk != null) {
      disk.close();
    }
  }

  private void open(StreamHeader header) throws IOException {
    var opened = opener.open(header);
    disk = opened;
    comparison = new Comparison(opened, Digests.of(header));
    differing =
        new ExtentRuns(
            header.volumeSize(),
            extent -> {
              extents++;
              bytes += extent.length();
              answers.accept(new Answer.Differs(extent.offset(), extent.length()));
            });
    answers.accept(new Answer.Ready());
  }

  private void compare(Frame.Expect expect) throws IOException {
    if (disk == null || comparison == null) {
      throw new IllegalStateException("an expectation before the header");
    }
    tally.expect(expect);
    long inside = inside(expect, disk.size());
    if (inside > 0) {
      comparison.compare(expect.head(inside), runs());
    }
    if (inside < expect.length()) {
      long missing = expect.length() - inside;
      runs().accept(new Extent(expect.offset() + inside, missing, Extent.Kind.DATA));
    }
    compared += expect.length();
    if (compared - passed >= PASSED_EVERY) {
      passed = compared;
      long end = expect.offset() + expect.length();
      answers.accept(new Answer.Passed(runs().handedOnBefore(end)));
    }
  }

  /// Returns how many bytes of an expectation a disk has, in whole units where it ends too early.
  private static long inside(Frame.Expect expect, long diskSize) {
    long there = Math.max(0, diskSize - expect.offset());
    return there >= expect.length() ? expect.length() : there / Digests.UNIT * Digests.UNIT;
  }

  private void end(Frame.End end) throws IOException {
    if (!end.sum().equals(tally.sum())) {
      throw new SourceException("stream: its end counts other frames than came; send it again");
    }
    runs().finish();
    answers.accept(new Answer.Compared(end.sum(), extents, bytes));
  }

  private ExtentRuns runs() {
    if (differing == null) {
      throw new IllegalStateException("an end before the header");
    }
    return differing;
  }

  private static SourceException change(long offset) {
    return new SourceException(
        "stream: at byte %d of the volume: a change, where nothing may be written; refused"
            .formatted(offset));
  }
}
