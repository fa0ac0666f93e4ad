package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// A disk that keeps how many reads were asked for at once.
public record CountedDisk(Disk disk, List<Integer> batches) implements Disk {

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
    readAll(List.of(new Read(dst, offset)));
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    batches.add(reads.size());
    disk.readAll(reads);
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
