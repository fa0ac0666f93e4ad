package org.blkdelta.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/// Packs frames into a byte stream, gathered so that each write is large: an SSH channel pays for
/// every small one.
final class FrameOutput {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final OutputStream out;
  private final ByteBuffer gathered;

  FrameOutput(OutputStream out) {
    this(out, Frame.MAX_BYTES);
  }

  /// Creates one that gathers so many bytes.
  FrameOutput(OutputStream out, int most) {
    this.out = out;
    this.gathered = ByteBuffer.allocate(most);
  }

  void raw(byte[] bytes) throws IOException {
    put(ByteBuffer.wrap(bytes));
  }

  void raw(ByteBuffer bytes) throws IOException {
    put(bytes.duplicate());
  }

  void frame(byte type, long offset, long length) throws IOException {
    frame(type, offset, length, NOTHING);
  }

  /// Writes one frame; the payload's position does not move.
  void frame(byte type, long offset, long length, ByteBuffer payload) throws IOException {
    var head = ByteBuffer.allocate(FrameFormat.HEAD_SIZE);
    head.put(type).put(new byte[3]).putInt(payload.remaining()).putLong(offset).putLong(length);
    head.putInt(FrameFormat.checksum(head, payload)).flip();
    put(head);
    put(payload.duplicate());
  }

  /// Writes what has gathered.
  void drain() throws IOException {
    out.write(gathered.array(), 0, gathered.position());
    gathered.clear();
  }

  /// Hands everything on.
  void flush() throws IOException {
    drain();
    out.flush();
  }

  private void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (!gathered.hasRemaining()) {
        drain();
      }
      int count = Math.min(bytes.remaining(), gathered.remaining());
      gathered.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
    }
  }
}
