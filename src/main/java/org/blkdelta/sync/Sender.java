package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Turns the changes of a source into a stream of frames: reads the new bytes, finds the zeros
/// among them, and counts and digests what it hands on. One run, one sender.
public final class Sender {

  /// Zeros are found in units of a page: smaller runs are cheaper as data.
  private static final int UNIT = 4096;

  /// Bytes that are read together: a source that is far away, or has its bytes scattered over a
  /// file, can do them all at once.
  private static final int BATCH = 4 * Frame.MOST_BYTES;

  /// Bounds the list of extents that hold no bytes.
  private static final int MOST_WAITING = 1 << 14;

  private final ChangeSource source;
  private final FrameSink sink;
  private final Start.Choice choice;
  private final Tally tally = new Tally();
  private final ByteBuffer batch = ByteBuffer.allocate(BATCH);
  private final List<Extent> waiting = new ArrayList<>();
  private final List<Disk.Read> reads = new ArrayList<>();
  private long zeroStart;
  private long zeroLength;
  private boolean expecting;
  private boolean begun;

  /// Creates one that sends what changed in `source` to `sink`; the caller closes both.
  ///
  /// @param choice asked when the sink has taken the header
  public Sender(ChangeSource source, FrameSink sink, Start.Choice choice) {
    this.source = source;
    this.sink = sink;
    this.choice = choice;
  }

  /// Creates one that sends everything and compares nothing.
  public Sender(ChangeSource source, FrameSink sink) {
    this(source, sink, () -> Start.PLAIN);
  }

  /// Sends everything: header, what the destination must hold, changes, end.
  ///
  /// @return what was sent
  /// @throws SourceException where the source failed before anything was handed on
  /// @throws IncompleteException where it failed later
  public Tally.Sum send(StreamHeader header) throws IOException {
    sink.accept(new Frame.Header(header));
    try {
      long resumeAt = expect();
      source.changes(
          new ExtentSink() {
            @Override
            public void accept(Extent extent) throws IOException {
              change(extent, resumeAt);
            }

            @Override
            public void finish() throws IOException {
              read();
            }
          });
      handOn();
      flushZeros();
    } catch (SourceException failed) {
      throw begun ? incomplete(failed) : failed;
    }
    return end();
  }

  /// Sends no change, so that the other side makes all its checks and writes nothing.
  public Tally.Sum rehearse(StreamHeader header) throws IOException {
    sink.accept(new Frame.Header(header));
    expect();
    return end();
  }

  /// Says what must be there before the first change. Up to where an earlier run came, that is the
  /// changes themselves; they follow when they are read.
  ///
  /// @return where that run ended
  private long expect() throws IOException {
    var begin = choice.start();
    begin.check().expect(source, new SplittableRandom(), this::expect);
    expecting = begin.resumeAt() > 0;
    return begin.resumeAt();
  }

  private void change(Extent extent, long resumeAt) throws IOException {
    if (extent.offset() < resumeAt && resumeAt < extent.end()) {
      long there = resumeAt - extent.offset();
      extent(new Extent(extent.offset(), there, extent.kind()));
      change(new Extent(resumeAt, extent.length() - there, extent.kind()), resumeAt);
      return;
    }
    if (expecting && extent.offset() >= resumeAt) {
      read();
      handOn();
      expecting = false;
    }
    extent(extent);
  }

  private Tally.Sum end() throws IOException {
    var sum = tally.sum();
    sink.accept(new Frame.End(sum));
    return sum;
  }

  /// Puts an extent into the batch, which is read and handed on when it is full.
  private void extent(Extent extent) throws IOException {
    if (extent.kind() == Extent.Kind.ZERO) {
      waiting.add(extent);
    }
    for (long at = extent.offset(); extent.kind() == Extent.Kind.DATA && at < extent.end(); ) {
      int length = (int) Math.min(batch.remaining(), extent.end() - at);
      length = Math.min(length, Frame.MOST_BYTES);
      waiting.add(new Extent(at, length, Extent.Kind.DATA));
      reads.add(new Disk.Read(batch.slice(batch.position(), length), at));
      batch.position(batch.position() + length);
      at += length;
      if (!batch.hasRemaining()) {
        read();
        handOn();
      }
    }
    if (waiting.size() >= MOST_WAITING) {
      read();
      handOn();
    }
  }

  private void read() throws IOException {
    try {
      source.disk().readAll(reads);
    } catch (SourceException told) {
      throw told;
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the source cannot be read", fault);
    }
    reads.clear();
  }

  /// Hands on what is in the batch.
  private void handOn() throws IOException {
    int start = 0;
    for (var extent : waiting) {
      if (extent.kind() == Extent.Kind.ZERO) {
        handOnZeros(extent.offset(), extent.length());
      } else {
        int length = (int) extent.length();
        handOn(batch.slice(start, length), extent.offset());
        start += length;
      }
    }
    waiting.clear();
    batch.clear();
  }

  private void handOnZeros(long offset, long length) throws IOException {
    if (expecting) {
      expect(Frame.Expect.zeros(offset, length));
    } else {
      zeros(offset, length);
    }
  }

  private void handOn(ByteBuffer bytes, long offset) throws IOException {
    if (expecting) {
      expect(Frame.Expect.of(offset, bytes));
    } else {
      split(bytes, offset);
    }
  }

  private void expect(Frame.Expect expect) throws IOException {
    tally.expect(expect);
    sink.accept(expect);
  }

  /// Cuts bytes that begin at `offset` of the disk into runs of data and of zeros.
  private void split(ByteBuffer piece, long offset) throws IOException {
    int length = piece.limit();
    int dataStart = 0;
    for (int at = 0; at < length; at += UNIT) {
      int unit = Math.min(UNIT, length - at);
      if (Zeros.fill(piece.slice(at, unit))) {
        data(piece, offset, dataStart, at);
        zeros(offset + at, unit);
        dataStart = at + unit;
      }
    }
    data(piece, offset, dataStart, length);
  }

  private void data(ByteBuffer piece, long offset, int from, int to) throws IOException {
    if (from >= to) {
      return;
    }
    flushZeros();
    var bytes = piece.slice(from, to - from);
    tally.data(offset + from, bytes);
    begun = true;
    sink.accept(new Frame.Data(offset + from, bytes));
  }

  private void zeros(long offset, long length) throws IOException {
    if (zeroLength > 0 && zeroStart + zeroLength != offset) {
      flushZeros();
    }
    zeroStart = zeroLength == 0 ? offset : zeroStart;
    zeroLength += length;
  }

  private void flushZeros() throws IOException {
    if (zeroLength == 0) {
      return;
    }
    long length = zeroLength;
    zeroLength = 0;
    tally.zero(zeroStart, length);
    begun = true;
    sink.accept(new Frame.Zero(zeroStart, length));
  }

  private static IncompleteException incomplete(SourceException failed) {
    return new IncompleteException(
        failed.getMessage() + "; the destination is incomplete until a run completes", failed);
  }
}
