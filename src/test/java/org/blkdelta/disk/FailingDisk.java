package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A disk with one bad place: reads and writes that touch it fail. Where the place lies behind the
/// end, flushing does.
public final class FailingDisk implements WritableDisk {

  private final WritableDisk disk;
  private final long bad;

  /// Creates one whose byte `bad` can be neither read nor written.
  public FailingDisk(WritableDisk disk, long bad) {
    this.disk = disk;
    this.bad = bad;
  }

  @Override
  public String name() {
    return disk.name();
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    check(offset, dst.remaining());
    disk.read(dst, offset);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    check(offset, src.remaining());
    disk.write(src, offset);
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    check(offset, length);
    disk.zero(offset, length);
  }

  @Override
  public void sync() throws IOException {
    if (bad >= disk.size()) {
      throw new IOException(name() + ": flushing to the medium failed: Input/output error");
    }
    disk.sync();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }

  private void check(long offset, long length) throws IOException {
    if (bad >= offset && bad - offset < length) {
      throw new IOException("%s: at byte %d: Input/output error".formatted(name(), offset));
    }
  }
}
