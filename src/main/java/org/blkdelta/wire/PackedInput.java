package org.blkdelta.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.blkdelta.failure.SourceException;

/// Unpacks what a [PackedOutput] wrote. Each block's size and checksum are right before anything of
/// it is used, and memory is two blocks, whatever they say. Closing it closes nothing.
/// [Zstandard#load] comes first.
public final class PackedInput extends InputStream {

  private final FrameInput blocks;
  private final byte[] unpacked = new byte[Frame.MAX_BYTES];
  private ByteBuffer block = ByteBuffer.allocate(0);
  private boolean begun;

  /// Creates one that reads from `in`, which the caller closes.
  ///
  /// @param name what messages call it
  public PackedInput(InputStream in, String name) {
    this.blocks = new FrameInput(in, name);
  }

  @Override
  public int read() throws IOException {
    return hasMore() ? block.get() & 0xff : -1;
  }

  /// @throws SourceException if the bytes are cut, damaged or not packed
  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, to.length);
    if (length == 0) {
      return 0;
    }
    if (!hasMore()) {
      return -1;
    }
    int count = Math.min(length, block.remaining());
    block.get(to, offset, count);
    return count;
  }

  /// Returns whether there is a byte to take, and has the next block read where there was none.
  private boolean hasMore() throws IOException {
    if (block.hasRemaining()) {
      return true;
    }
    if (!begun && !begin()) {
      return false;
    }
    long at = blocks.position();
    var next = blocks.next();
    if (next.isEmpty()) {
      return false;
    }
    block = content(next.get(), at);
    return true;
  }

  private boolean begin() throws IOException {
    var magic = FrameFormat.packedMagic();
    var first = blocks.raw(magic.length);
    if (first.length == 0) {
      return false;
    }
    if (!Arrays.equals(first, magic)) {
      throw blocks.wrong(0, "not compressed, cut, or of a newer version");
    }
    begun = true;
    return true;
  }

  private ByteBuffer content(FrameInput.Raw raw, long at) throws SourceException {
    var payload = raw.payload();
    int size = payload.remaining();
    boolean isRight =
        switch (raw.type()) {
          case FrameFormat.STORED -> size > 0 && raw.length() == size;
          case FrameFormat.PACKED -> raw.length() > size && raw.length() <= Frame.MAX_BYTES;
          default -> false;
        };
    if (!isRight) {
      throw blocks.damaged(at);
    }
    if (raw.type() == FrameFormat.STORED) {
      return payload;
    }
    int length = (int) raw.length();
    int offset = payload.arrayOffset() + payload.position();
    if (!Zstandard.unpack(payload.array(), offset, size, unpacked, length)) {
      throw blocks.damaged(at);
    }
    return ByteBuffer.wrap(unpacked, 0, length);
  }
}
