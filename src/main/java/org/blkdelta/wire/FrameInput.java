package org.blkdelta.wire;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.blkdelta.failure.SourceException;

/// Unpacks frames from a byte stream and checks each before anything of it is used. Memory is one
/// frame, whatever the stream says.
final class FrameInput {

  /// A frame whose checksum is right. The payload is valid until the next one is read.
  record Raw(byte type, long offset, long length, ByteBuffer payload) {}

  /// Read at once: many small frames, and the head of a large one with a part of it.
  private static final int BUFFER = 64 << 10;

  private final InputStream in;
  private final String name;
  private final byte[] payload = new byte[Frame.MAX_BYTES];
  private long position;

  FrameInput(InputStream in, String name) {
    this.in = new BufferedInputStream(in, BUFFER);
    this.name = name;
  }

  /// Returns what messages call the stream.
  String name() {
    return name;
  }

  /// Reads `length` bytes, fewer only at the end.
  byte[] raw(int length) throws IOException {
    var bytes = in.readNBytes(length);
    position += bytes.length;
    return bytes;
  }

  /// Returns the next frame, or empty at the end of the bytes.
  ///
  /// @throws SourceException if a frame is cut, damaged or not one
  Optional<Raw> next() throws IOException {
    long start = position;
    var head = ByteBuffer.wrap(raw(FrameFormat.HEAD_SIZE));
    if (head.remaining() == 0) {
      return Optional.empty();
    }
    if (head.remaining() < FrameFormat.HEAD_SIZE) {
      throw cut(start);
    }
    int length = head.getInt(4);
    if ((head.getInt(0) & 0xffffff) != 0 || length < 0 || length > Frame.MAX_BYTES) {
      throw damaged(start);
    }
    int got = in.readNBytes(payload, 0, length);
    position += got;
    if (got < length) {
      throw cut(start);
    }
    var body = ByteBuffer.wrap(payload, 0, length);
    if (FrameFormat.checksum(head, body) != head.getInt(FrameFormat.CRC_AT)) {
      throw damaged(start);
    }
    return Optional.of(new Raw(head.get(0), head.getLong(8), head.getLong(16), body));
  }

  /// Returns the number of bytes read up to now.
  long position() {
    return position;
  }

  /// Returns whether nothing follows; reads a byte to find out.
  boolean isAtEnd() throws IOException {
    return in.read() < 0;
  }

  SourceException cut(long at) {
    return new SourceException(
        "%s: at byte %d: the stream is cut off; send it again".formatted(name, at));
  }

  SourceException damaged(long at) {
    return new SourceException(
        "%s: at byte %d: the stream is damaged (no valid frame); send it again"
            .formatted(name, at));
  }

  SourceException wrong(long at, String what) {
    return new SourceException("%s: at byte %d: %s; refused".formatted(name, at, what));
  }
}
