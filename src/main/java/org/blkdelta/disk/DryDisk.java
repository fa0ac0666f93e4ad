package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// A destination in a dry run: it can be read, and takes everything without writing it.
///
/// @param name what messages call it
/// @param size its bytes, or those that it would have
/// @param content what it holds; empty where it does not exist, and would read as zeros. Closed
/// with this
public record DryDisk(String name, long size, Optional<Disk> content) implements WritableDisk {

  /// Creates one that does not exist yet.
  public DryDisk(String name, long size) {
    this(name, size, Optional.empty());
  }

  /// Creates one that keeps writes away from `disk`, which is closed with this.
  public DryDisk(Disk disk) {
    this(disk.name(), disk.size(), Optional.of(disk));
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    if (content.isPresent()) {
      content.get().read(dst, offset);
    } else {
      dst.put(new byte[dst.remaining()]);
    }
  }

  @Override
  public void write(ByteBuffer src, long offset) {
    src.position(src.limit());
  }

  @Override
  public void zero(long offset, long length) {}

  @Override
  public void sync() {}

  @Override
  public void close() throws IOException {
    if (content.isPresent()) {
      content.get().close();
    }
  }
}
