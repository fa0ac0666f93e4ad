package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;

/// What changes an export, or makes changes durable (doc/proto.md, NBD_CMD_WRITE,
/// NBD_CMD_WRITE_ZEROES and NBD_CMD_FLUSH). The answer to it says only that it is done.
///
/// @param command its number
/// @param offset of the first byte, 0 for a flush
/// @param length in bytes, 0 for a flush
/// @param payload what is written, and nothing for the others
record WriteRequest(int command, long offset, int length, ByteBuffer payload) implements Request {

  private static final int WRITE = 1;
  private static final int FLUSH = 3;
  private static final int WRITE_ZEROES = 6;

  /// Returns one that writes all that remains of a buffer, which stays as it is until the request
  /// is sent.
  static WriteRequest of(long offset, ByteBuffer src) {
    return new WriteRequest(WRITE, offset, src.remaining(), src);
  }

  /// Returns one that makes a range read as zeros, by a hole if the server likes.
  static WriteRequest zeros(long offset, int length) {
    return new WriteRequest(WRITE_ZEROES, offset, length, ByteBuffer.allocate(0));
  }

  /// Returns one that makes all durable that was answered before it is sent.
  static WriteRequest flush() {
    return new WriteRequest(FLUSH, 0, 0, ByteBuffer.allocate(0));
  }

  /// Returns whether another one is of the same bytes, so that their order matters.
  boolean overlaps(Request other) {
    return offset < other.offset() + other.length() && other.offset() < offset + length;
  }

  @Override
  public String doing() {
    return switch (command) {
      case WRITE -> "write the next %d bytes".formatted(length);
      case WRITE_ZEROES -> "zero the next %d bytes".formatted(length);
      default -> "flush what was written to its medium";
    };
  }

  @Override
  public void takeSimple(Connection in) {
    // it has no payload
  }

  @Override
  public void take(int type, long payloadLength, Connection in) throws IOException {
    throw in.fault(
        "at byte %d: told to %s, the server sent a chunk of type %d and %d bytes, against the protocol; use another server"
            .formatted(offset, doing(), type, payloadLength));
  }

  @Override
  public void finish(Connection in) {
    // it is done
  }
}
