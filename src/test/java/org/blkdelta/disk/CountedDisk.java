package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// A disk that keeps how many reads were asked for at once.
public final class CountedDisk extends ForwardingDisk {

  private final List<Integer> batches;

  /// Creates one that adds the size of each batch to `batches`.
  public CountedDisk(Disk disk, List<Integer> batches) {
    super(disk);
    this.batches = batches;
  }

  /// Returns the size of each batch, in the order in which they were asked for.
  public List<Integer> batches() {
    return List.copyOf(batches);
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    readAll(List.of(new Read(dst, offset)));
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    batches.add(reads.size());
    super.readAll(reads);
  }
}
