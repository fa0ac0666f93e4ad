package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A destination in a dry run: it has a name and a size, and takes everything without writing it.
///
/// @param name what messages call it
/// @param size its bytes, or those that it would have
public record DryDisk(String name, long size) implements WritableDisk {

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    throw new IOException(name + ": is not read in a dry run");
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
  public void close() {}
}
