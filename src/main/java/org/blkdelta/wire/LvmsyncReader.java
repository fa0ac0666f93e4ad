package org.blkdelta.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SourceException;

/// Reads lvmsync's stream, `PROTO[3]`: a line of greeting, then records of offset (8 bytes,
/// big-endian), length (4 bytes, big-endian) and data, in any order. The format has no end mark and
/// no checksum, so a stream that was cut at a record's border looks complete.
final class LvmsyncReader implements FrameSource {

  /// The first line, without its line end.
  static final String GREETING = "lvmsync PROTO[3]";

  private static final int HEAD_SIZE = 12;

  private final FrameInput in;
  private final String name;
  private final Tally tally = new Tally();

  /// Creates one that reads after the greeting.
  LvmsyncReader(FrameInput in, String name) {
    this.in = in;
    this.name = name;
  }

  @Override
  public boolean provesCompleteness() {
    return false;
  }

  @Override
  public boolean isAscending() {
    return false;
  }

  @Override
  public StreamHeader header() {
    return new StreamHeader(0, Lineage.UNKNOWN, Optional.empty());
  }

  @Override
  public void frames(FrameSink sink) throws IOException {
    sink.accept(new Frame.Header(header()));
    while (true) {
      long at = in.position();
      var head = in.raw(HEAD_SIZE);
      if (head.length == 0) {
        sink.accept(new Frame.End(tally.sum()));
        return;
      }
      if (head.length < HEAD_SIZE) {
        throw in.cut(at);
      }
      record(ByteBuffer.wrap(head), at, sink);
    }
  }

  /// A record may hold up to 4 GiB: it goes on in pieces.
  private void record(ByteBuffer head, long at, FrameSink sink) throws IOException {
    long offset = head.getLong();
    long length = Integer.toUnsignedLong(head.getInt());
    if (offset < 0 || offset > Long.MAX_VALUE - length) {
      throw new SourceException(
          "%s: at byte %d: a record at offset %s; the stream is damaged"
              .formatted(name, at, Long.toUnsignedString(offset)));
    }
    for (long done = 0; done < length; ) {
      int wanted = (int) Math.min(Frame.MAX_BYTES, length - done);
      var bytes = ByteBuffer.wrap(in.raw(wanted));
      if (bytes.remaining() < wanted) {
        throw in.cut(at);
      }
      tally.data(offset + done, bytes);
      sink.accept(new Frame.Data(offset + done, bytes));
      done += wanted;
    }
  }
}
