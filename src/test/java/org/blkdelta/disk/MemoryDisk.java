package org.blkdelta.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A disk in an array, for tests.
public final class MemoryDisk implements WritableDisk {

  private final String name;
  private final byte[] bytes;

  /// Creates one that holds a copy of `bytes`.
  public MemoryDisk(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes.clone();
  }

  /// Returns a copy of what it holds now.
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    if (dst.remaining() > bytes.length - offset) {
      throw new EOFException(name + ": at byte " + bytes.length + ": ends here, too early");
    }
    dst.put(bytes, (int) offset, dst.remaining());
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    checkInside(offset, src.remaining());
    src.get(bytes, (int) offset, src.remaining());
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    checkInside(offset, length);
    Arrays.fill(bytes, (int) offset, (int) (offset + length), (byte) 0);
  }

  @Override
  public void sync() {}

  @Override
  public void close() {}
}
