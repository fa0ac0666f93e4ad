package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// A disk with one bad place: reads and writes that touch it fail. If the place lies behind the
/// end, flushing does.
public final class FailingDisk extends ForwardingWritableDisk {

  private final long bad;

  /// Creates one whose byte `bad` can be neither read nor written.
  public FailingDisk(WritableDisk disk, long bad) {
    super(disk);
    this.bad = bad;
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    check(offset, dst.remaining());
    super.read(dst, offset);
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    for (var one : reads) {
      check(one.offset(), one.dst().remaining());
    }
    super.readAll(reads);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    check(offset, src.remaining());
    super.write(src, offset);
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    check(offset, length);
    super.zero(offset, length);
  }

  @Override
  public void sync() throws IOException {
    if (bad >= size()) {
      throw new IOException(name() + ": flushing to the medium failed: Input/output error");
    }
    super.sync();
  }

  private void check(long offset, long length) throws IOException {
    if (bad >= offset && bad - offset < length) {
      throw new IOException("%s: at byte %d: Input/output error".formatted(name(), offset));
    }
  }
}
