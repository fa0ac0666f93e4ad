package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Turns the changes of a source into a stream of frames: reads the new bytes, finds the zeros
/// among them, and counts and digests what it hands on. One run, one sender.
public final class Sender {

  /// Zeros are found in units of a page: smaller runs are cheaper as data.
  private static final int UNIT = 4096;

  private final ChangeSource source;
  private final FrameSink sink;
  private final Tally tally;
  private Digests digests = Digests.old();
  private long zeroStart;
  private long zeroLength;
  private boolean expecting;
  private boolean begun;

  /// Creates one that sends what changed in `source` to `sink`; the caller closes both.
  public Sender(ChangeSource source, FrameSink sink) {
    this(source, sink, new Tally());
  }

  /// @param tally counts what is sent, and digests it if anybody is told
  public Sender(ChangeSource source, FrameSink sink, Tally tally) {
    this.source = source;
    this.sink = sink;
    this.tally = tally;
  }

  /// Sends everything after the header, which was taken: what the destination must hold, changes,
  /// end.
  ///
  /// @return what was sent
  /// @throws SourceException if the source failed before anything was handed on
  /// @throws IncompleteException if it failed later
  public Tally.Sum send(StreamHeader header, Start start) throws IOException {
    digests = Digests.of(header);
    long resumeAt = start.resumeAt();
    // the system reads into an array, and writes from it, by copying
    boolean areDigested = tally.isDigesting() || resumeAt > 0;
    try (var ahead =
        new ReadAhead(
            source.disk(),
            this::take,
            areDigested ? ByteBuffer::allocate : ByteBuffer::allocateDirect)) {
      expect(start);
      source.changes(extent -> change(extent, resumeAt, ahead));
      ahead.read();
      source.checkStillTrue();
      ahead.finish();
      flushZeros();
    } catch (SourceException failed) {
      throw begun ? IncompleteException.after(String.valueOf(failed.getMessage()), failed) : failed;
    }
    return end();
  }

  /// Sends no change, so that the other side makes all its checks and writes nothing.
  public Tally.Sum rehearse(StreamHeader header, Start start) throws IOException {
    digests = Digests.of(header);
    expect(start);
    source.checkStillTrue();
    return end();
  }

  /// Says what must be there before the first change. Up to where an earlier run came, that is the
  /// changes themselves; they follow when they are read.
  private void expect(Start start) throws IOException {
    start.check().expect(source, new SplittableRandom(), digests, this::expect);
    if (start.check() != BaseCheck.NONE) {
      source.checkStillTrue(); // what was compared for hours, before the first change goes out
    }
    expecting = start.resumeAt() > 0;
  }

  private void change(Extent extent, long resumeAt, ReadAhead ahead) throws IOException {
    if (extent.offset() < resumeAt && resumeAt < extent.end()) {
      long there = resumeAt - extent.offset();
      ahead.add(new Extent(extent.offset(), there, extent.kind()));
      change(new Extent(resumeAt, extent.length() - there, extent.kind()), resumeAt, ahead);
      return;
    }
    if (expecting && extent.offset() >= resumeAt) {
      ahead.read();
      ahead.finish();
      expecting = false;
    }
    ahead.add(extent);
  }

  private Tally.Sum end() throws IOException {
    var sum = tally.sum();
    sink.accept(new Frame.End(sum));
    return sum;
  }

  private void take(Extent extent, ByteBuffer bytes) throws IOException {
    boolean isZero = extent.kind() == Extent.Kind.ZERO;
    if (expecting) {
      expect(
          isZero
              ? Frame.Expect.zeros(extent.offset(), extent.length())
              : digests.expect(extent.offset(), bytes));
    } else if (isZero) {
      zeros(extent.offset(), extent.length());
    } else {
      split(bytes, extent.offset());
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
      if (Zeros.fill(piece, at, unit)) {
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
}
