package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.ForwardingDisk;
import org.blkdelta.host.Interval;

/// A disk whose source is looked at now and then while it is read: a snapshot that is lost in the
/// middle makes everything that is read from then on worthless.
final class WatchedDisk extends ForwardingDisk {

  /// Looks whether the source still is what it was.
  @FunctionalInterface
  interface Look {

    /// Returns where it is.
    ///
    /// @throws org.blkdelta.failure.SourceException if it is not
    void look() throws IOException;
  }

  private final Look look;
  private final Interval interval;

  /// Creates one that closes `disk` when it is closed.
  WatchedDisk(Disk disk, Look look, Interval interval) {
    super(disk);
    this.look = look;
    this.interval = interval;
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    look();
    super.read(dst, offset);
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    look();
    super.readAll(reads);
  }

  private void look() throws IOException {
    if (interval.isOver()) {
      look.look();
    }
  }
}
