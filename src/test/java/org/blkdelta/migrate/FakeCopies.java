package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;

/// Destinations that refuse changes which do not start from what they hold, as the real ones do.
class FakeCopies implements DiskSender {

  /// What a destination holds: a snapshot, or something between two.
  static final class Copy {
    int[] blocks = new int[FakeLvm.BLOCKS];
    String held = "";
    String onTheWayTo = "";
  }

  final List<String> sent = new CopyOnWriteArrayList<>();
  final Map<String, Copy> byVolume = new ConcurrentHashMap<>();
  /// How many of what was made ready is not closed.
  final AtomicInteger ready = new AtomicInteger();

  boolean isAway;
  private final FakeLvm lvm;
  private final Runnable tick;

  /// @param tick runs before each block is written
  FakeCopies(FakeLvm lvm, Runnable tick) {
    this.lvm = lvm;
    this.tick = tick;
  }

  /// Returns that of a disk.
  Copy of(JobDisk disk) {
    return byVolume.computeIfAbsent(disk.volume().volume(), name -> new Copy());
  }

  @Override
  public Closeable ready(List<JobDisk> disks) throws IOException {
    if (isAway) {
      throw new ConnectionException("new: cannot be reached");
    }
    ready.incrementAndGet();
    return ready::decrementAndGet;
  }

  @Override
  public Sent copy(JobDisk disk, LvmName snapshot) throws IOException {
    sent.add("copy " + snapshot.volume());
    return write(disk, snapshot);
  }

  @Override
  public Sent repair(JobDisk disk, LvmName snapshot) throws IOException {
    sent.add("repair " + snapshot.volume());
    return write(disk, snapshot);
  }

  @Override
  public Sent changes(JobDisk disk, LvmName base, LvmName snapshot, boolean isThin)
      throws IOException {
    sent.add("changes " + base.volume() + " " + snapshot.volume());
    var from = lvm.volumes.get(base.volume());
    if (from == null || from.isInvalid || from.isThin != isThin) {
      throw new SourceException(base + ": cannot be read");
    }
    var copy = of(disk);
    boolean fits =
        copy.held.equals(base.volume())
            || copy.held.equals(snapshot.volume())
            || copy.onTheWayTo.equals(base.volume() + " " + snapshot.volume());
    if (!fits) {
      throw new RefusedException(disk.to() + ": holds something else");
    }
    copy.onTheWayTo = base.volume() + " " + snapshot.volume();
    return write(disk, snapshot);
  }

  private Sent write(JobDisk disk, LvmName snapshot) throws IOException {
    var copy = of(disk);
    var from = lvm.volumes.get(snapshot.volume());
    copy.held = "";
    long bytes = 0;
    for (int i = 0; i < FakeLvm.BLOCKS; i++) {
      tick.run();
      if (from == null || from.isInvalid) {
        throw new IncompleteException(snapshot + ": overflowed");
      }
      bytes += copy.blocks[i] == from.blocks[i] ? 0 : 512;
      copy.blocks[i] = from.blocks[i];
    }
    copy.held = snapshot.volume();
    copy.onTheWayTo = "";
    return new Sent(bytes, "09");
  }

  @Override
  public DiskSender readingBack() {
    sent.add("reads back");
    return this;
  }

  @Override
  public boolean isSame(JobDisk disk, LvmName snapshot) throws IOException {
    tick.run();
    return FakeLvm.same(of(disk).blocks, lvm.volume(snapshot.volume()).blocks);
  }
}
