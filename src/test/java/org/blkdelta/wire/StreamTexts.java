package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Lineage;

/// Writing and reading whole streams, for the tests of this package.
final class StreamTexts {

  /// The smallest stream with everything in it.
  static final List<Frame> SMALL =
      closed(
          header(1 << 20),
          data(4096, "These bytes are new."),
          new Frame.Zero(65_536, 131_072),
          data((1 << 20) - 16, "The last sixteen"));

  /// The same with what is expected before it, which lvmsync's format cannot say.
  static final List<Frame> EXPECTING =
      closed(
          header(1 << 20),
          expect(4096, "These bytes are old."),
          Frame.Expect.zeros(65_536, 131_072),
          data(4096, "These bytes are new."),
          new Frame.Zero(65_536, 131_072),
          data((1 << 20) - 16, "The last sixteen"));

  private StreamTexts() {}

  static Frame header(long volumeSize) {
    return new Frame.Header(new StreamHeader(volumeSize, Lineage.UNKNOWN, Optional.empty()));
  }

  static Frame.Data data(long offset, String text) {
    return new Frame.Data(offset, ByteBuffer.wrap(text.getBytes(ISO_8859_1)));
  }

  static Frame.Expect expect(long offset, String text) {
    return Digests.old().expect(offset, ByteBuffer.wrap(text.getBytes(ISO_8859_1)));
  }

  /// Returns the frames with the end that belongs to them.
  static List<Frame> closed(Frame... frames) {
    var all = new ArrayList<>(List.of(frames));
    all.add(new Frame.End(sum(frames)));
    return List.copyOf(all);
  }

  static Tally.Sum sum(Frame... frames) {
    var tally = new Tally();
    for (var frame : frames) {
      if (frame instanceof Frame.Data data) {
        tally.data(data.offset(), data.bytes());
      } else if (frame instanceof Frame.Zero zero) {
        tally.zero(zero.offset(), zero.length());
      } else if (frame instanceof Frame.Expect expect) {
        tally.expect(expect);
      }
    }
    return tally.sum();
  }

  static byte[] written(List<Frame> frames) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new FrameWriter(out);
    for (var frame : frames) {
      writer.accept(frame);
    }
    return out.toByteArray();
  }

  static byte[] writtenForLvmsync(List<Frame> frames) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new LvmsyncWriter(out);
    for (var frame : frames) {
      writer.accept(frame);
    }
    return out.toByteArray();
  }

  static FrameLog read(byte[] stream) throws IOException {
    return read(new ByteArrayInputStream(stream), new FrameLog());
  }

  static FrameLog read(InputStream stream, FrameLog log) throws IOException {
    FrameSource.open(stream, "web.delta").frames(log);
    return log;
  }
}
