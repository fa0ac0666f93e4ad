package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Lineage;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Frames for the tests of this package.
public final class Frames {

  private Frames() {}

  public static StreamHeader header(long volumeSize) {
    return new StreamHeader(volumeSize, Lineage.UNKNOWN, Optional.empty());
  }

  public static Frame.Header headerFrame(long volumeSize) {
    return new Frame.Header(header(volumeSize));
  }

  /// Returns a frame of so many bytes that are all `value`.
  public static Frame.Data data(long offset, int length, int value) {
    var bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return new Frame.Data(offset, ByteBuffer.wrap(bytes));
  }

  /// Sends a whole stream, header first.
  static Tally.Sum send(ChangeSource source, FrameSink sink, StreamHeader header)
      throws IOException {
    sink.accept(new Frame.Header(header));
    return new Sender(source, sink).send(header, Start.PLAIN);
  }

  /// Sends a whole stream of digests, header first.
  static Tally.Sum expect(ChangeSource source, FrameSink sink, StreamHeader header)
      throws IOException {
    sink.accept(new Frame.Header(header));
    return new Expectations(source, sink).send(header);
  }

  /// Returns the end that belongs to these changes.
  public static Frame.End end(Frame... changes) {
    var tally = new Tally();
    for (var change : changes) {
      if (change instanceof Frame.Data data) {
        tally.data(data.offset(), data.bytes());
      } else if (change instanceof Frame.Zero zero) {
        tally.zero(zero.offset(), zero.length());
      } else if (change instanceof Frame.Expect expect) {
        tally.expect(expect);
      }
    }
    return new Frame.End(tally.sum());
  }
}
