package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;

/// Sends one disk, up to a snapshot of it, and returns when that is durable.
interface DiskSender {

  /// Sends the whole snapshot.
  ///
  /// @return what was sent
  Sent copy(JobDisk disk, LvmName snapshot) throws IOException;

  /// Sends what changed from one snapshot to the next.
  ///
  /// @param isThin whether they are in a thin pool
  /// @return what was sent
  Sent changes(JobDisk disk, LvmName base, LvmName snapshot, boolean isThin) throws IOException;

  /// Makes ready what the changes of these disks need, so that sending them begins sooner. Closing
  /// it gives up what was not used.
  Closeable ready(List<JobDisk> disks) throws IOException;

  /// Returns one that also reads back from the destination's medium what it wrote, and compares it.
  DiskSender readingBack();

  /// Compares all of it, and returns whether nothing differs.
  boolean isSame(JobDisk disk, LvmName snapshot) throws IOException;

  /// Compares all of it, and sends what differs.
  ///
  /// @return what was sent
  Sent repair(JobDisk disk, LvmName snapshot) throws IOException;
}
