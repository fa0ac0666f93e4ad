package org.blkdelta.migrate;

import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.LvmName;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.run.Limit;
import org.blkdelta.vsphere.MachineUri;

/// What a job file asks for.
///
/// @param name of the job, `[a-z0-9][a-z0-9-]{0,31}`
/// @param source the machine that has the volumes; empty for this one
/// @param destination the machine that gets the copies; empty for this one
/// @param disks at least one, each volume and each destination once
/// @param parallel how many of them are sent at once, at most
/// @param limit how fast data may go, of all disks together
/// @param freezing how the machine's file systems are held still meanwhile, if they are
/// @param move how the machine is moved that the disks are of
/// @param machine the machine of vSphere that has the disks; empty if they are volumes of LVM
record Job(
    String name,
    Optional<Host> source,
    Optional<Host> destination,
    List<JobDisk> disks,
    int parallel,
    Limit limit,
    Optional<Freezing> freezing,
    Move move,
    Optional<MachineUri> machine) {

  /// How the tag begins that each snapshot of a job has.
  private static final String TAG = "blkdelta.job=";

  Job {
    disks = List.copyOf(disks);
  }

  /// Returns the tag that each snapshot of the job has, and no other volume.
  String tag() {
    return TAG + name;
  }

  /// Returns the same for a machine that is off.
  Job still() {
    return new Job(
        name, source, destination, disks, parallel, limit, Optional.empty(), move, machine);
  }

  /// One disk.
  ///
  /// @param from the volume, of classic LVM or in a thin pool; or the disk of a machine
  /// @param to path of the destination on its machine
  /// @param size how large a classic snapshot is made
  /// @param growth what is done about one that fills
  /// @param made how the destination is made if it isn't there; empty if it must be
  record JobDisk(String from, String to, SnapshotSize size, Growth growth, Optional<Made> made) {

    /// Creates one whose snapshots are not extended, and whose destination is there.
    JobDisk(LvmName from, String to, SnapshotSize size) {
      this(from.toString(), to, size, Growth.USUAL, Optional.empty());
    }

    /// Returns the volume that it is sent from.
    ///
    /// @throws IllegalStateException if it isn't one
    LvmName volume() {
      return LvmName.parse(from).orElseThrow(() -> new IllegalStateException(from));
    }

    /// Returns the destination's volume.
    ///
    /// @throws IllegalStateException if it isn't one; one that is made is
    LvmName destination() {
      return LvmName.parse(to).orElseThrow(() -> new IllegalStateException(to));
    }
  }

  /// How a destination is made.
  ///
  /// @param pool the thin pool that it is in; empty for a volume of classic LVM
  record Made(Optional<String> pool) {}

  /// What is done about a classic snapshot that fills.
  ///
  /// @param extend bytes by which it is extended; 0 if it is not
  /// @param atPercent how full it is then
  /// @param keepFree what its group is to keep
  record Growth(long extend, int atPercent, SnapshotSize keepFree) {

    /// What it is if nobody said.
    static final Growth USUAL = new Growth(0, 70, new SnapshotSize(10, 0));

    /// Returns what a group is to keep, in bytes.
    long kept(long groupSize) {
      return keepFree.of(groupSize);
    }
  }

  /// How large a classic snapshot is made, or what a group keeps.
  ///
  /// @param percent of the origin or the group; 0 if `bytes` says it
  /// @param bytes 0 if `percent` says it
  record SnapshotSize(int percent, long bytes) {

    /// What it is if nobody said.
    static final SnapshotSize USUAL = new SnapshotSize(20, 0);

    /// Returns it in bytes.
    ///
    /// @param whole bytes of the volume or the group
    long of(long whole) {
      return percent == 0
          ? bytes
          : Math.max(1, whole / 100 * percent + whole % 100 * percent / 100);
    }
  }

  /// Returns the volume or snapshot as a run's source.
  String sourceOf(LvmName volume) {
    return source.map(host -> location(host, "/dev/" + volume)).orElse(volume.toString());
  }

  /// Returns where a disk goes.
  Location destinationOf(JobDisk disk) throws UsageException {
    return Location.parse(destination.map(host -> location(host, disk.to())).orElse(disk.to()));
  }

  /// Returns what a disk is known by in the journal: it is another one if it goes elsewhere.
  String key(JobDisk disk) throws UsageException {
    return disk.from() + " to " + destinationOf(disk);
  }

  private static String location(Host host, String path) {
    return host.port().isPresent()
        ? "ssh://%s:%d%s".formatted(host, host.port().getAsInt(), path)
        : host + ":" + path;
  }
}
