package org.blkdelta.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Writes frames as lvmsync's `PROTO[3]`, for its peers and for undo files that it can read. The
/// format has no zeros, so they travel as data.
public final class LvmsyncWriter implements StreamWriter {

  private static final ByteBuffer ZEROS = ByteBuffer.allocate(Frame.MAX_BYTES).asReadOnlyBuffer();

  private final FrameOutput out;

  /// Creates one that writes to `out`, which the caller closes.
  public LvmsyncWriter(OutputStream out) {
    this.out = new FrameOutput(out);
  }

  @Override
  public void accept(Frame frame) throws IOException {
    switch (frame) {
      case Frame.Header header ->
          out.raw((LvmsyncReader.GREETING + "\n").getBytes(StandardCharsets.US_ASCII));
      case Frame.Data data -> record(data.offset(), data.bytes());
      case Frame.Zero zero -> zeros(zero.offset(), zero.length());
      case Frame.Expect expect ->
          throw new IllegalArgumentException("lvmsync's format cannot say what is expected");
      case Frame.End end -> out.flush();
    }
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  private void zeros(long offset, long length) throws IOException {
    for (long done = 0; done < length; done += Frame.MAX_BYTES) {
      record(offset + done, ZEROS.slice(0, (int) Math.min(Frame.MAX_BYTES, length - done)));
    }
  }

  private void record(long offset, ByteBuffer bytes) throws IOException {
    out.raw(ByteBuffer.allocate(12).putLong(offset).putInt(bytes.remaining()).array());
    out.raw(bytes);
  }
}
