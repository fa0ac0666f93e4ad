package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.wire.Digests;
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
  private Digests digests = Digests.old();

  /// Creates one that tells `sink` what `source` holds; the caller closes both.
  public Expectations(ChangeSource source, FrameSink sink) {
    this.source = source;
    this.sink = sink;
  }

  /// Sends everything after the header, which was taken: expectations, end.
  ///
  /// @return what was sent
  /// @throws SourceException if the source fails
  public Tally.Sum send(StreamHeader header) throws IOException {
    digests = Digests.of(header);
    try (var ahead = new ReadAhead(source.disk(), this::take)) {
      source.changes(ahead::add);
      ahead.read();
      source.checkStillTrue();
      ahead.finish();
    }
    var sum = tally.sum();
    sink.accept(new Frame.End(sum));
    return sum;
  }

  private void take(Extent extent, ByteBuffer bytes) throws IOException {
    boolean isZero = extent.kind() == Extent.Kind.ZERO || Zeros.fill(bytes);
    var expect =
        isZero
            ? Frame.Expect.zeros(extent.offset(), extent.length())
            : digests.expect(extent.offset(), bytes);
    tally.expect(expect);
    sink.accept(expect);
  }
}
