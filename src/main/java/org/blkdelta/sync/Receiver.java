package org.blkdelta.sync;

import java.io.Closeable;
import java.io.IOException;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Counts;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.jspecify.annotations.Nullable;

/// Writes the changes of one stream in place. The first frame opens the destination, with all its
/// checks; what the stream expects of it is held against it before the first change; the last frame
/// makes it durable, and only then success is answered. Whoever reads the stream proves its digest
/// ([FrameSource]); this counts what it wrote.
public final class Receiver implements FrameConsumer, Closeable {

  /// After so many bytes the destination is made durable up to here, so that no flush is long.
  private static final long PACE = 64 << 20;

  private final Destination destination;
  private final AnswerSink answers;
  private final Counts counts = new Counts();
  private Destination.@Nullable Opened opened;
  private Destination.@Nullable Writing writing;
  private @Nullable Comparison comparison;
  private boolean begun;
  private long moved;
  private long durable;

  /// Creates one that writes to a destination.
  public Receiver(Destination destination, AnswerSink answers) {
    this.destination = destination;
    this.answers = answers;
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> {
        var checked = destination.open(header.stream());
        opened = checked;
        comparison = new Comparison(checked.disk(), Digests.of(header.stream()));
        answers.accept(checked.ready());
      }
      case Frame.Data data -> data(data);
      case Frame.Zero zero -> zero(zero);
      case Frame.Expect expect -> expect(expect);
      case Frame.End end -> end(end);
    }
  }

  @Override
  public Answer.Ready ready() {
    return opened().ready();
  }

  @Override
  public boolean hasWritten() {
    return begun;
  }

  @Override
  public void close() throws IOException {
    if (writing != null) {
      writing.close();
    } else if (opened != null) {
      opened.close();
    }
  }

  private Destination.Opened opened() {
    if (opened == null) {
      throw new IllegalStateException("a change before the header");
    }
    return opened;
  }

  private void expect(Frame.Expect expect) throws IOException {
    var of = opened().disk();
    checkInside(of, expect.offset(), expect.length());
    counts.expect();
    var ready = opened().ready();
    if (ready.base() == Answer.Base.ANY && ready.resumeAt() == 0) {
      return;
    }
    if (comparison == null) {
      throw new IllegalStateException("an expectation before the header");
    }
    comparison.compare(
        expect,
        differing -> {
          throw new RefusedException(
              "%s: at byte %d: doesn't match the state that these changes start from (written to since?); nothing was written; send what differs: blkdelta verify --repair SOURCE %s"
                  .formatted(of.name(), differing.offset(), of.name()));
        });
  }

  private void data(Frame.Data data) throws IOException {
    int length = data.bytes().remaining();
    checkInside(opened().disk(), data.offset(), length);
    counts.data(data.offset(), length);
    var to = prepared(data.offset());
    change(to, data.offset(), length, () -> to.write(data.bytes().duplicate(), data.offset()));
  }

  private void zero(Frame.Zero zero) throws IOException {
    checkInside(opened().disk(), zero.offset(), zero.length());
    counts.zero(zero.offset(), zero.length());
    var to = prepared(zero.offset());
    change(to, zero.offset(), zero.length(), () -> to.zero(zero.offset(), zero.length()));
  }

  /// Returns what to write to; before the first write it is prepared for that, if it is not dry.
  private WritableDisk prepared(long firstOffset) throws IOException {
    var to = opened().disk();
    if (to instanceof DryDisk) {
      return to;
    }
    return begun(firstOffset).disk();
  }

  private Destination.Writing begun(long firstOffset) throws IOException {
    var under = writing == null ? opened().begin(firstOffset) : writing;
    writing = under;
    return under;
  }

  /// Something that is done to the destination.
  private interface Step {
    void run() throws IOException;
  }

  private void change(WritableDisk to, long offset, long length, Step write) throws IOException {
    begun = !(to instanceof DryDisk);
    written(write);
    moved += length;
    if (moved - durable >= PACE) {
      written(to::sync);
      durable = moved;
      if (writing != null) {
        var progress = writing;
        written(() -> progress.durable(offset + length));
      }
      answers.accept(new Answer.Durable(durable));
    }
  }

  private void end(Frame.End end) throws IOException {
    if (!counts.agreeWith(end.sum())) {
      throw IncompleteException.after("stream: its end counts other frames than came");
    }
    written(prepared(opened().disk().size())::sync);
    var whole = writing;
    if (whole != null) {
      written(() -> complete(whole));
    }
    answers.accept(new Answer.Result(end.sum()));
  }

  private void complete(Destination.Writing whole) throws IOException {
    var saved = whole.complete();
    if (saved.isPresent()) {
      answers.accept(saved.get());
    }
  }

  private void checkInside(WritableDisk to, long offset, long length) throws IOException {
    if (length <= to.size() && offset <= to.size() - length) {
      return;
    }
    var message =
        "%s: at byte %d: a change of %d bytes reaches beyond the destination's end at %d"
            .formatted(to.name(), offset, length, to.size());
    throw begun
        ? IncompleteException.after(message)
        : new RefusedException(message + "; use a larger destination");
  }

  /// Runs a step; what fails from here on leaves the destination incomplete.
  private static void written(Step step) throws IOException {
    try {
      step.run();
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw IncompleteException.after(SyncException.describe(fault), fault);
    }
  }
}
