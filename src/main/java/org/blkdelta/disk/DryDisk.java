package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A destination in a dry run: it can be read, and takes everything without writing it.
public final class DryDisk extends ForwardingDisk implements WritableDisk {

  /// Creates one that does not exist yet, and reads as zeros.
  ///
  /// @param name what messages call it
  /// @param size the bytes that it would have
  public DryDisk(String name, long size) {
    this(new ZeroDisk(name, size));
  }

  /// Creates one that keeps writes away from `disk`, which is closed with this.
  public DryDisk(Disk disk) {
    super(disk);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    checkInside(offset, src.remaining());
    src.position(src.limit());
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    checkInside(offset, length);
  }

  @Override
  public void sync() {}
}
