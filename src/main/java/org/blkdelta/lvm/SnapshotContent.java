package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.extent.WholeDisk;
import org.blkdelta.host.Interval;

/// All bytes of an active classic snapshot. To read them takes hours, in which it may overflow;
/// then they are worth nothing.
final class SnapshotContent implements ChangeSource {

  private final WholeDisk whole;
  private final SnapshotVolume snapshot;
  private final Disk disk;

  /// Creates one that closes `whole` when it is closed.
  ///
  /// @param whole the snapshot's visible device
  SnapshotContent(WholeDisk whole, SnapshotVolume snapshot) {
    this.whole = whole;
    this.snapshot = snapshot;
    this.disk = new WatchedDisk(whole.disk(), snapshot::status, Interval.ofSeconds(1));
  }

  @Override
  public Disk disk() {
    return disk;
  }

  @Override
  public Lineage lineage() {
    return whole.lineage();
  }

  @Override
  public List<Path> standsOn() {
    return whole.standsOn();
  }

  @Override
  public Optional<StoreUsage> storeUsage() {
    return snapshot.storeUsage();
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    return whole.movedOn();
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    whole.changes(sink);
  }

  @Override
  public void checkStillTrue() throws IOException {
    snapshot.status();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
