package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.host.LvmName;
import org.blkdelta.lvm.SnapshotFormat;
import org.blkdelta.migrate.Job.JobDisk;

/// Sends volumes of LVM by the runs of the engine.
///
/// @param runs send and compare
record EngineSender(DiskRuns runs) implements DiskSender {

  @Override
  public Closeable ready(List<JobDisk> disks) throws IOException {
    return runs.ready(disks);
  }

  @Override
  public DiskSender readingBack() {
    return new EngineSender(runs.readingBack());
  }

  @Override
  public Sent copy(JobDisk disk, LvmName snapshot) throws IOException {
    return runs.copied(disk, nameOf(snapshot));
  }

  /// Makes all checks that come before the first write, and writes nothing.
  ///
  /// @param volume what would be copied
  void rehearse(JobDisk disk, LvmName volume) throws IOException {
    runs.rehearse(disk, nameOf(volume));
  }

  @Override
  public Sent changes(JobDisk disk, LvmName base, LvmName snapshot, boolean isThin)
      throws IOException {
    var settings =
        isThin
            ? SourceSettings.NONE.with(SourceOption.SINCE, "/dev/" + base)
            : SourceSettings.NONE.with(SnapshotFormat.DATA_SOURCE, "/dev/" + snapshot);
    return runs.changes(disk, DiskRuns.wanted(nameOf(isThin ? snapshot : base), false, settings));
  }

  @Override
  public Sent repair(JobDisk disk, LvmName snapshot) throws IOException {
    return runs.repair(disk, nameOf(snapshot));
  }

  @Override
  public boolean isSame(JobDisk disk, LvmName snapshot) throws IOException {
    return runs.isSame(disk, nameOf(snapshot));
  }

  private String nameOf(LvmName volume) {
    return runs.job().sourceOf(volume);
  }
}
