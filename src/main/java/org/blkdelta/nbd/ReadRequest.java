package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/// A read (doc/proto.md, NBD_CMD_READ): its chunks together fill the buffer, each byte once.
final class ReadRequest implements Request {

  private static final int COMMAND = 0;
  private static final int OFFSET_DATA = 1;
  private static final int OFFSET_HOLE = 2;

  private final long offset;
  private final ByteBuffer dst;

  /// So many bytes are filled from the first on. All that an orderly server has filled.
  private int filledFirst;

  /// What else is filled.
  private final BitSet filled = new BitSet();

  /// @param dst what to fill, from its first byte to its limit
  ReadRequest(long offset, ByteBuffer dst) {
    this.offset = offset;
    this.dst = dst;
  }

  @Override
  public int command() {
    return COMMAND;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public int length() {
    return dst.limit();
  }

  @Override
  public void takeSimple(Connection in) throws IOException {
    in.fill(part(offset, length(), in));
  }

  @Override
  public void take(int type, long length, Connection in) throws IOException {
    if (type == OFFSET_DATA && length > Long.BYTES) {
      in.fill(part(in.i64(), length - Long.BYTES, in));
    } else if (type == OFFSET_HOLE && length == Long.BYTES + Integer.BYTES) {
      var hole = part(in.i64(), in.u32(), in);
      hole.put(new byte[hole.remaining()]);
    } else {
      throw fault("a chunk of type %d and %d bytes".formatted(type, length), in);
    }
  }

  @Override
  public void finish(Connection in) throws IOException {
    int missing = filled.nextClearBit(filledFirst);
    if (missing < length()) {
      throw fault("no bytes from %d on".formatted(offset + missing), in);
    }
  }

  /// Returns where bytes belong that the server says it sends.
  private ByteBuffer part(long start, long length, Connection in) throws IOException {
    long from = start - offset;
    if (start < offset || length < 1 || from >= length() || length > length() - from) {
      throw fault("%d bytes at byte %d".formatted(length, start), in);
    }
    int to = (int) (from + length);
    take((int) from, to, in);
    return dst.slice((int) from, (int) length);
  }

  private void take(int from, int to, Connection in) throws IOException {
    int other = filled.nextSetBit(from);
    int taken = from < filledFirst ? from : other;
    if (taken >= 0 && taken < to) {
      throw fault("byte %d twice".formatted(offset + taken), in);
    }
    if (from == filledFirst) {
      filledFirst = to;
    } else {
      filled.set(from, to);
    }
  }

  private IOException fault(String what, Connection in) {
    return in.fault(
        "asked for %d bytes at byte %d, the server sent %s, against the protocol; use another server"
            .formatted(length(), offset, what));
  }
}
