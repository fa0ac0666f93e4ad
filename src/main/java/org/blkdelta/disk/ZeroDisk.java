package org.blkdelta.disk;

import java.io.EOFException;
import java.nio.ByteBuffer;

/// A disk that reads as zeros: what a file that does not exist yet would be.
///
/// @param name what messages call it
/// @param size its bytes
record ZeroDisk(String name, long size) implements Disk {

  @Override
  public void read(ByteBuffer dst, long offset) throws EOFException {
    if (dst.remaining() > size - offset) {
      throw new EOFException(name + ": at byte " + size + ": ends here, too early");
    }
    dst.put(new byte[dst.remaining()]);
  }

  @Override
  public long nextData(long offset) {
    return size;
  }

  @Override
  public void close() {}
}
