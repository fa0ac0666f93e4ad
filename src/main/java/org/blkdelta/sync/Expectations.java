package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Turns the extents of a source into a stream that says what a destination should hold there, and
/// changes nothing: digests travel instead of bytes. One run, one of these.
public final class Expectations {

  private final ChangeSource source;
  private final FrameSink sink;
  private final Tally tally = new Tally();
  private final ByteBuffer piece = ByteBuffer.allocate(Frame.MOST_BYTES);

  /// Creates one that tells `sink` what `source` holds; the caller closes both.
  public Expectations(ChangeSource source, FrameSink sink) {
    this.source = source;
    this.sink = sink;
  }

  /// Sends everything: header, expectations, end.
  ///
  /// @return what was sent
  /// @throws SourceException where the source fails
  public Tally.Sum send(StreamHeader header) throws IOException {
    sink.accept(new Frame.Header(header));
    source.changes(this::expect);
    var sum = tally.sum();
    sink.accept(new Frame.End(sum));
    return sum;
  }

  private void expect(Extent extent) throws IOException {
    if (extent.kind() == Extent.Kind.ZERO) {
      handOn(Frame.Expect.zeros(extent.offset(), extent.length()));
      return;
    }
    for (long at = extent.offset(); at < extent.end(); at += piece.limit()) {
      piece.clear().limit((int) Math.min(piece.capacity(), extent.end() - at));
      read(at);
      handOn(
          Zeros.fill(piece) ? Frame.Expect.zeros(at, piece.limit()) : Frame.Expect.of(at, piece));
    }
  }

  private void read(long offset) throws SourceException {
    try {
      source.disk().read(piece, offset);
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the source cannot be read", fault);
    }
    piece.flip();
  }

  private void handOn(Frame.Expect expect) throws IOException {
    tally.expect(expect);
    sink.accept(expect);
  }
}
