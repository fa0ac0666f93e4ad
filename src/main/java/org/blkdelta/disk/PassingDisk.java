package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.linux.Holes;
import org.blkdelta.linux.PageCache;

/// A disk that is read once from end to end: what of it is in the page cache is dropped now and
/// then, so that others keep what they have there. Not shared between threads.
public final class PassingDisk extends ForwardingDisk {

  private static final long PACE = 64 << 20;

  private final Holes holes;
  private final PageCache cache;
  private long read;

  private PassingDisk(Disk disk, Holes holes, PageCache cache) {
    super(disk);
    this.holes = holes;
    this.cache = cache;
  }

  /// Opens a device, past the page cache, or a file, whose pages are dropped.
  public static PassingDisk open(Path path) throws IOException {
    var disk = DirectDisk.open(path);
    try {
      return new PassingDisk(disk, Holes.of(path), PageCache.of(path));
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  @Override
  public long nextHole(long offset) throws IOException {
    return holes.nextHole(offset, size());
  }

  /// Drops what the page cache has of a file, so that what is read next comes from the medium.
  public void dropCache() {
    cache.drop();
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    readAll(List.of(new Read(dst, offset)));
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    read += reads.stream().mapToLong(one -> one.dst().remaining()).sum();
    super.readAll(reads);
    if (read >= PACE) {
      cache.drop();
      read = 0;
    }
  }

  @Override
  public long nextData(long offset) throws IOException {
    return holes.nextData(offset, size());
  }

  @Override
  public void close() throws IOException {
    try (cache;
        holes) {
      cache.drop();
    } finally {
      super.close();
    }
  }
}
