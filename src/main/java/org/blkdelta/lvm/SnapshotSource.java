package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.WriteWatch;
import org.blkdelta.extent.Admission;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentRuns;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Interval;

/// What changed since a classic snapshot was taken: the chunks that its exception store lists, and
/// whatever the origin has beyond the snapshot's end. The new bytes are the origin's, or those of a
/// newer snapshot of it.
public final class SnapshotSource implements ChangeSource {

  /// What there is to say about a snapshot.
  ///
  /// @param chunkSize in bytes
  /// @param chunks entries of the exception store
  /// @param snapshotSize bytes of the snapshot
  /// @param sourceSize bytes of the disk with the new content
  /// @param usedBytes of the store, if the kernel was asked
  /// @param storeBytes the store's size
  /// @param createdSeconds when LVM made the snapshot, in seconds since 1970, if it says so
  /// @param overflowed whether a write to the snapshot found no room; the list is complete
  public record State(
      long chunkSize,
      long chunks,
      long snapshotSize,
      long sourceSize,
      OptionalLong usedBytes,
      long storeBytes,
      OptionalLong createdSeconds,
      boolean overflowed) {}

  private final Disk storeDisk;
  private final Disk data;
  private final long snapshotSize;
  private final KernelStatus kernel;
  private final List<Path> standsOn;
  private final ExceptionStore store;
  private final ChangedChunks chunks;
  private final Optional<Path> snapshot;
  private final WriteWatch watch;
  private Optional<Disk> opened = Optional.empty();

  private SnapshotSource(
      Disk storeDisk,
      Disk data,
      OptionalLong snapshotSize,
      KernelStatus kernel,
      List<Path> standsOn,
      Optional<Path> snapshot,
      WriteWatch watch)
      throws IOException {
    this.snapshot = snapshot;
    this.watch = watch;
    this.storeDisk = storeDisk;
    var second = Interval.ofSeconds(1);
    this.data = new WatchedDisk(data, kernel::checkStillThere, second);
    this.snapshotSize = snapshotSize.orElse(data.size());
    this.kernel = kernel;
    this.standsOn = List.copyOf(standsOn);
    this.store = ExceptionStore.open(storeDisk);
    kernel.checkSizes(data, this.snapshotSize);
    this.chunks = kernel.readList(store, chunkCount());
  }

  /// Opens an active snapshot by any of its names.
  ///
  /// @param dataSource where to read the new bytes, if not from the origin: a newer snapshot of it
  /// @param admission asked about an origin that is read itself
  /// @param warnings told in words what the user should know
  public static SnapshotSource ofVolume(
      LvmVolumes volumes,
      String name,
      Optional<String> dataSource,
      Admission admission,
      Consumer<String> warnings)
      throws IOException {
    var volume = volumes.find(name);
    volumes.checkOrigin(volume, name);
    var newer =
        dataSource.isEmpty()
            ? Optional.<SnapshotVolume>empty()
            : volumes.newer(volume, dataSource.get());
    var origin = volume.originPath();
    if (newer.isEmpty()) {
      admission.admit(dataSource.map(Path::of).filter(Files::exists).orElse(origin));
    }
    flush(origin);
    var standsOn = new ArrayList<>(volume.devices());
    newer.ifPresent(snapshot -> standsOn.addAll(snapshot.devices()));
    Path data = origin;
    if (dataSource.isPresent()) {
      data = newer.map(SnapshotVolume::path).orElse(Path.of(dataSource.get()));
      standsOn.add(data);
    }
    var kernel = new KernelStatus(Optional.of(volume), newer, warnings);
    return open(
        volume.storePath(),
        data,
        OptionalLong.of(volume.size()),
        kernel,
        standsOn,
        Optional.of(volume.path()));
  }

  /// Opens a store that no snapshot is active on: an image, or a device of its own.
  ///
  /// @param origin where the new bytes are, if `dataSource` is empty
  /// @param snapshotSize bytes of the snapshot, if the origin has been enlarged since
  /// @param admission asked about what has the new bytes
  public static SnapshotSource ofStore(
      Path store,
      Path origin,
      OptionalLong snapshotSize,
      Optional<Path> dataSource,
      Admission admission,
      Consumer<String> warnings)
      throws IOException {
    var data = dataSource.orElse(origin);
    admission.admit(data);
    flush(data);
    var kernel = new KernelStatus(Optional.empty(), Optional.empty(), warnings);
    var standsOn = List.of(store, origin, data);
    return open(store, data, snapshotSize, kernel, standsOn, Optional.empty());
  }

  @Override
  public Disk disk() {
    return data;
  }

  /// Returns the snapshot itself, if it is active: whoever writes to the origin, it stays.
  @Override
  public Optional<Disk> unchanged() throws IOException {
    if (snapshot.isEmpty()) {
      return Optional.of(data);
    }
    if (opened.isEmpty()) {
      try {
        opened = Optional.of(DirectDisk.open(snapshot.get()));
      } catch (IOException fault) {
        throw SourceException.unreadable(fault);
      }
    }
    return opened;
  }

  @Override
  public Lineage lineage() {
    return kernel.lineage();
  }

  @Override
  public List<Path> standsOn() {
    return standsOn;
  }

  @Override
  public Optional<StoreUsage> storeUsage() {
    return kernel.storeUsage();
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    boolean isWritten = watch.isWritten();
    kernel.checkStillTrue();
    return isWritten || kernel.hasGrown()
        ? Optional.of(data.name() + ": was written to while it was read")
        : Optional.empty();
  }

  /// Returns what the snapshot was like when it was opened.
  public State state() {
    return new State(
        store.chunkSize(),
        chunks.entryCount(),
        snapshotSize,
        data.size(),
        kernel.usedBytes(),
        storeDisk.size(),
        kernel.createdSeconds(),
        kernel.overflowed());
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    var runs = new ExtentRuns(data.size(), sink);
    long chunkSize = store.chunkSize();
    chunks.runs(
        (first, count) -> {
          long start = first * chunkSize;
          long after = first + count;
          long end = after >= chunkCount() ? snapshotSize : after * chunkSize;
          runs.accept(new Extent(start, end - start, Extent.Kind.DATA));
        });
    if (data.size() > snapshotSize) {
      // nothing beyond the snapshot's end was ever recorded
      runs.accept(new Extent(snapshotSize, data.size() - snapshotSize, Extent.Kind.DATA));
    }
    runs.finish();
  }

  @Override
  public void checkStillTrue() throws IOException {
    store.checkStillValid();
    kernel.checkStillTrue();
  }

  @Override
  public void close() throws IOException {
    try (storeDisk;
        data) {
      if (opened.isPresent()) {
        opened.get().close();
      }
    }
  }

  private long chunkCount() {
    return Math.ceilDiv(snapshotSize, store.chunkSize());
  }

  /// Writes out what others have written to the origin, so that the store lists it.
  private static void flush(Path origin) throws SourceException {
    try {
      DirectDisk.flush(origin);
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// Begins before the list is read: what is written from then on is in part of it or in none.
  private static WriteWatch watch(Path data) throws SourceException {
    try {
      return WriteWatch.of(data);
    } catch (SourceException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  private static SnapshotSource open(
      Path store,
      Path data,
      OptionalLong snapshotSize,
      KernelStatus kernel,
      List<Path> standsOn,
      Optional<Path> snapshot)
      throws IOException {
    var watch = watch(data);
    var opened = new ArrayList<Disk>();
    try {
      opened.add(DirectDisk.open(store));
      opened.add(DirectDisk.open(data));
      return new SnapshotSource(
          opened.get(0), opened.get(1), snapshotSize, kernel, standsOn, snapshot, watch);
    } catch (SyncException | RuntimeException fault) {
      closeAll(opened);
      throw fault;
    } catch (IOException fault) {
      closeAll(opened);
      throw SourceException.unreadable(fault);
    }
  }

  private static void closeAll(List<Disk> opened) throws IOException {
    for (var disk : opened) {
      disk.close();
    }
  }
}
