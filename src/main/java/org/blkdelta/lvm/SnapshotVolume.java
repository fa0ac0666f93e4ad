package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.DeviceMapper;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.LvmName;

/// An active classic snapshot with the devices around it, found by [LvmVolumes].
final class SnapshotVolume {

  /// How a snapshot is, from the kernel's status line.
  ///
  /// @param allocatedSectors used, up to the next free chunk
  /// @param totalSectors the store's size
  /// @param overflowed whether a write to the snapshot found no room (store type PO): the list is
  ///     complete all the same
  record Status(long allocatedSectors, long totalSectors, boolean overflowed) {}

  static final int SECTOR = 512;

  /// What the names of the generations of classic snapshots begin with.
  static final String SCHEME = "lvm:";

  /// One device of the snapshot, with its node.
  record Part(Device device, Path node) {}

  private final DeviceMapper deviceMapper;
  private final Part snapshot;
  private final Part origin;
  private final Part real;
  private final Part store;
  private final long sizeSectors;
  private final long chunkSectors;
  private final OptionalLong createdSeconds;
  private final UsageGauge gauge = new UsageGauge(System::nanoTime);

  SnapshotVolume(
      DeviceMapper deviceMapper,
      Part snapshot,
      Part origin,
      Part real,
      Part store,
      long sizeSectors,
      long chunkSectors,
      OptionalLong createdSeconds) {
    this.deviceMapper = deviceMapper;
    this.snapshot = snapshot;
    this.origin = origin;
    this.real = real;
    this.store = store;
    this.sizeSectors = sizeSectors;
    this.chunkSectors = chunkSectors;
    this.createdSeconds = createdSeconds;
  }

  /// Returns the device-mapper name of the snapshot.
  String name() {
    return snapshot.device().name();
  }

  /// Returns the size of the snapshot's visible device in bytes.
  long size() {
    return Math.multiplyExact(sizeSectors, SECTOR);
  }

  /// Returns the chunk size in bytes that the kernel works with.
  long chunkSize() {
    return Math.multiplyExact(chunkSectors, SECTOR);
  }

  /// Returns the snapshot's visible device, which has the old bytes.
  Path path() {
    return snapshot.node();
  }

  /// Returns the visible origin, whose bytes are the new ones.
  Path originPath() {
    return origin.node();
  }

  /// Returns the exception store's device.
  Path storePath() {
    return store.node();
  }

  /// Returns all four devices of the snapshot.
  List<Path> devices() {
    return List.of(snapshot.node(), origin.node(), real.node(), store.node());
  }

  /// Returns the visible origin.
  Device origin() {
    return origin.device();
  }

  /// Returns the layer below the visible origin.
  Device real() {
    return real.device();
  }

  /// Returns whether a device is the visible origin, or the layer below it that has the same bytes.
  boolean isOrigin(Device device) {
    return device.number().equals(origin.device().number())
        || device.number().equals(real.device().number());
  }

  /// Returns when LVM made it, in seconds since 1970; empty if unknown.
  OptionalLong createdSeconds() {
    return createdSeconds;
  }

  /// Returns how full the store was when [#status()] was last asked. Any thread may ask.
  Optional<StoreUsage> storeUsage() {
    return gauge.storeUsage().map(usage -> usage.named(LvmName.ofMapped(name()).toString()));
  }

  /// Returns whether LVM made it before another one.
  boolean isOlderThan(SnapshotVolume other) {
    return createdSeconds.isPresent()
        && other.createdSeconds.isPresent()
        && createdSeconds.getAsLong() < other.createdSeconds.getAsLong();
  }

  boolean isSnapshotOfSameOriginAs(SnapshotVolume other) {
    return real.device().number().equals(other.real.device().number());
  }

  boolean isSameAs(SnapshotVolume other) {
    return snapshot.device().number().equals(other.snapshot.device().number());
  }

  /// Returns what a delta from this snapshot to its origin, or to a newer snapshot, connects.
  Lineage lineage(Optional<SnapshotVolume> newer) {
    return new Lineage(generation(this), newer.flatMap(SnapshotVolume::generation));
  }

  /// Asks the kernel how the snapshot is at this moment.
  ///
  /// @throws SourceException if it is invalid, being merged or gone
  Status status() throws IOException {
    var lines = lines();
    if (lines.size() != 1 || !lines.get(0).type().equals("snapshot")) {
      throw new SourceException(
          name() + ": is being merged back or was removed; its list of changes is gone");
    }
    var words = lines.get(0).arguments();
    var state = words.isEmpty() ? "" : words.get(0);
    return switch (state) {
      case "Invalid" ->
          throw new SourceException(
              name()
                  + ": the snapshot is invalid: it overflowed or met an I/O error, and later changes"
                  + " were not recorded; make a new snapshot and copy the whole volume again");
      case "Merge" ->
          throw new SourceException(name() + ": a merge failed; repair the volume with LVM first");
      case "Overflow" -> told(new Status(0, 0, true));
      default -> told(parsed(state));
    };
  }

  private Status told(Status now) {
    gauge.accept(now);
    return now;
  }

  private List<DeviceMapper.Target> lines() throws SourceException {
    try {
      return deviceMapper.status(snapshot.device().name());
    } catch (IOException unknown) {
      throw new SourceException(
          "%s: the kernel does not say how it is: %s; look at: dmsetup status"
              .formatted(name(), SyncException.describe(unknown)),
          unknown);
    }
  }

  private Status parsed(String word) throws SourceException {
    var numbers = word.split("/");
    try {
      return new Status(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), false);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException strange) {
      throw new SourceException(
          "%s: dmsetup status says \"%s\", which cannot be checked; refused"
              .formatted(name(), word),
          strange);
    }
  }

  private static Optional<Generation> generation(SnapshotVolume volume) {
    var origin = volumeId(volume.origin.device().uuid());
    var snapshot = volumeId(volume.snapshot.device().uuid());
    return origin.isEmpty() || snapshot.isEmpty()
        ? Optional.empty()
        : Optional.of(Generation.of(SCHEME + origin + "@" + snapshot, volume.label()));
  }

  /// Returns what people know the state by that the snapshot keeps.
  private String label() {
    return LvmName.ofMapped(origin.device().name())
        .asOf(createdSeconds, LvmName.ofMapped(name()).volume());
  }

  /// Returns the volume's id from a device-mapper UUID: `LVM-`, 32 letters of the group, 32 of the
  /// volume.
  private static String volumeId(String uuid) {
    return uuid.startsWith("LVM-") && uuid.length() >= 68 ? uuid.substring(36, 68) : "";
  }
}
