package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Passes everything on to another disk that is written; see [ForwardingDisk].
public abstract class ForwardingWritableDisk extends ForwardingDisk implements WritableDisk {

  private final WritableDisk disk;

  /// Creates one in front of `disk`, which is closed with this.
  protected ForwardingWritableDisk(WritableDisk disk) {
    super(disk);
    this.disk = disk;
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    disk.write(src, offset);
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    disk.zero(offset, length);
  }

  @Override
  public void sync() throws IOException {
    disk.sync();
  }
}
