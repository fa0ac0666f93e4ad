package org.blkdelta.sync;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Counts;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.Tally;
import org.jspecify.annotations.Nullable;

/// Writes the changes of one stream in place. The first frame opens the destination, with all its
/// checks; what the stream expects of it is held against it before the first change; the last frame
/// makes it durable, and only then success is answered. Whoever reads the stream proves its digest
/// ([FrameSource]); this counts what it wrote.
public final class Receiver implements FrameSink, Closeable {

  /// After so many bytes the destination is made durable up to here, so that no flush is long.
  private static final long PACE = 64 << 20;

  private static final String AGAIN = "; the destination is incomplete until a run completes";

  private final DestinationOpener opener;
  private final AnswerSink answers;
  private final Counts counts = new Counts();
  private @Nullable WritableDisk disk;
  private @Nullable Comparison comparison;
  private Tally.@Nullable Sum ended;
  private boolean prepared;
  private boolean begun;
  private long moved;
  private long durable;

  /// Creates one that writes to what `opener` opens.
  public Receiver(DestinationOpener opener, AnswerSink answers) {
    this.opener = opener;
    this.answers = answers;
  }

  /// Receives a whole stream.
  ///
  /// @param before puts what watches the run in front of this
  /// @return what it held
  /// @throws SourceException if it is bad and nothing was written yet
  /// @throws IncompleteException if something was written, but not everything
  public Tally.Sum receive(FrameSource stream, UnaryOperator<FrameSink> before) throws IOException {
    try {
      stream.frames(before.apply(this));
    } catch (SourceException bad) {
      throw begun ? new IncompleteException(bad.getMessage() + AGAIN, bad) : bad;
    } catch (ConnectionException lost) {
      throw begun ? new IncompleteException(lost.getMessage() + AGAIN, lost) : lost;
    } catch (SyncException told) {
      throw told;
    } catch (IOException unread) {
      var message = "stream: " + SyncException.describe(unread);
      throw begun
          ? new IncompleteException(message + AGAIN, unread)
          : new SourceException(message + "; send it again", unread);
    }
    if (ended == null) {
      throw new IllegalStateException("a stream without an end");
    }
    return ended;
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> {
        var opened = opener.open(header.stream());
        disk = opened;
        comparison = new Comparison(opened, Digests.of(header.stream()));
        answers.accept(opener.ready());
      }
      case Frame.Data data -> data(data);
      case Frame.Zero zero -> zero(zero);
      case Frame.Expect expect -> expect(opened(), expect);
      case Frame.End end -> end(end);
    }
  }

  @Override
  public void close() throws IOException {
    if (disk != null) {
      disk.close();
    }
  }

  private WritableDisk opened() {
    if (disk == null) {
      throw new IllegalStateException("a change before the header");
    }
    return disk;
  }

  private void expect(WritableDisk of, Frame.Expect expect) throws IOException {
    checkInside(of, expect.offset(), expect.length());
    counts.expect();
    var ready = opener.ready();
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
              "%s: at byte %d: doesn't match the state that these changes start from; nothing was written: it has been written to since, or is a copy of something else; compare everything and send what differs: blkdelta verify --repair SOURCE %s"
                  .formatted(of.name(), differing.offset(), of.name()));
        });
  }

  private void data(Frame.Data data) throws IOException {
    int length = data.bytes().remaining();
    checkInside(opened(), data.offset(), length);
    counts.data(data.offset(), length);
    var to = prepared(data.offset());
    change(to, data.offset(), length, () -> to.write(data.bytes().duplicate(), data.offset()));
  }

  private void zero(Frame.Zero zero) throws IOException {
    checkInside(opened(), zero.offset(), zero.length());
    counts.zero(zero.offset(), zero.length());
    var to = prepared(zero.offset());
    change(to, zero.offset(), zero.length(), () -> to.zero(zero.offset(), zero.length()));
  }

  /// Returns what to write to; before the first write it is prepared for that.
  private WritableDisk prepared(long firstOffset) throws IOException {
    var to = opened();
    if (prepared || to instanceof DryDisk) {
      return to;
    }
    to = opener.begin(to, firstOffset);
    disk = to;
    prepared = true;
    return to;
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
      if (prepared) {
        written(() -> opener.durable(offset + length));
      }
      answers.accept(new Answer.Durable(durable));
    }
  }

  private void end(Frame.End end) throws IOException {
    if (!counts.agreeWith(end.sum())) {
      throw new IncompleteException("stream: its end counts other frames than came" + AGAIN);
    }
    written(prepared(opened().size())::sync);
    if (prepared) {
      written(opener::complete);
      written(this::tellSaved);
    }
    ended = end.sum();
    answers.accept(new Answer.Result(end.sum()));
  }

  private void tellSaved() throws IOException {
    var saved = opener.saved();
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
        ? new IncompleteException(message + AGAIN)
        : new RefusedException(message + "; use a larger destination");
  }

  /// Runs a step; what fails from here on leaves the destination incomplete.
  private static void written(Step step) throws IOException {
    try {
      step.run();
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new IncompleteException(SyncException.describe(fault) + AGAIN, fault);
    }
  }
}
