package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.Disk;

/// What the compressed grains of a file hold, each at its place in the extent. Only places that
/// have a grain can be read. One grain is kept inflated.
final class InflatedDisk implements Disk {

  private final Disk file;
  private final GrainTables.Shape shape;
  private final GrainTables tables;
  private final GrainInflater inflater;
  private final int grainSize;
  private long cached = -1;
  private byte[] grain = {};

  /// Creates one over a file, which it closes.
  InflatedDisk(Disk file, GrainTables.Shape shape, GrainTables tables, GrainInflater inflater) {
    this.file = file;
    this.shape = shape;
    this.tables = tables;
    this.inflater = inflater;
    this.grainSize = (int) shape.grainSectors() * Fields.SECTOR;
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public long size() {
    return shape.capacity() * Fields.SECTOR;
  }

  @Override
  public synchronized void read(ByteBuffer dst, long offset) throws IOException {
    for (long at = offset; dst.hasRemaining(); ) {
      load(at / grainSize);
      int from = (int) (at % grainSize);
      int count = Math.min(grainSize - from, dst.remaining());
      dst.put(grain, from, count);
      at += count;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void load(long index) throws IOException {
    if (index == cached) {
      return;
    }
    cached = -1;
    long sector = index * shape.grainSectors();
    long start = tables.entry(sector);
    if (start < 0) {
      throw new IllegalStateException("no grain at sector " + sector);
    }
    long valid = Math.min(shape.grainSectors(), shape.capacity() - sector);
    grain = inflater.inflate(file, start, sector, valid);
    cached = index;
  }
}
