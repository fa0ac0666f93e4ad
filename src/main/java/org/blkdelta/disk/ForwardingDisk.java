package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// Passes everything on to another disk. Every decorator of a [Disk] extends this one or
/// [ForwardingWritableDisk] and changes what it is for, so that none forgets a method. Only
/// [#begin] is not passed on: it reads by [#readAll], which some of them watch.
public abstract class ForwardingDisk implements Disk {

  private final Disk disk;

  /// Creates one in front of `disk`, which is closed with this.
  protected ForwardingDisk(Disk disk) {
    this.disk = disk;
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
    disk.read(dst, offset);
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    disk.readAll(reads);
  }

  @Override
  public long nextData(long offset) throws IOException {
    return disk.nextData(offset);
  }

  @Override
  public long nextHole(long offset) throws IOException {
    return disk.nextHole(offset);
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
