package org.blkdelta.sync;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.blkdelta.extent.Lineage;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Frames for the tests of this package.
final class Frames {

  private Frames() {}

  static StreamHeader header(long volumeSize) {
    return new StreamHeader(volumeSize, Lineage.UNKNOWN, Optional.empty());
  }

  static Frame.Header headerFrame(long volumeSize) {
    return new Frame.Header(header(volumeSize));
  }

  /// Returns a frame of so many bytes that are all `value`.
  static Frame.Data data(long offset, int length, int value) {
    var bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return new Frame.Data(offset, ByteBuffer.wrap(bytes));
  }

  /// Returns the end that belongs to these changes.
  static Frame.End end(Frame... changes) {
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
