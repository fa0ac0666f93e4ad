package org.blkdelta.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/// Writes frames as a change stream; see docs/stream.md. The header and the end go out at once,
/// what is between them when enough has gathered.
public final class FrameWriter implements StreamWriter {

  private final FrameOutput out;
  private boolean greeted;

  /// Creates one that writes to `out`, which the caller closes.
  public FrameWriter(OutputStream out) {
    this.out = new FrameOutput(out);
  }

  /// Returns the version of the change stream that it writes.
  public static int version() {
    return FrameFormat.version();
  }

  /// Sends the magic, long before the header perhaps: whoever reads knows who is at work.
  public void greet() throws IOException {
    out.raw(FrameFormat.streamMagic());
    out.flush();
    greeted = true;
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header -> {
        if (!greeted) {
          out.raw(FrameFormat.streamMagic());
        }
        out.frame(
            FrameFormat.HEADER,
            0,
            header.stream().volumeSize(),
            ByteBuffer.wrap(header.stream().encode()));
        out.flush();
      }
      case Frame.Data data ->
          out.frame(FrameFormat.DATA, data.offset(), data.bytes().remaining(), data.bytes());
      case Frame.Zero zero -> out.frame(FrameFormat.ZERO, zero.offset(), zero.length());
      case Frame.Expect expect ->
          out.frame(FrameFormat.EXPECT, expect.offset(), expect.length(), expect.digests());
      case Frame.End end -> {
        var payload = ByteBuffer.allocate(Tally.Sum.SIZE);
        end.sum().put(payload);
        out.frame(FrameFormat.END, 0, 0, payload.flip());
        out.flush();
      }
    }
  }

  /// Says that the sender is there, and sends what has gathered. Only in a live stream; after
  /// [#greet] it may come before the header.
  public void alive() throws IOException {
    out.frame(FrameFormat.ALIVE, 0, 0);
    out.flush();
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}
