package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.lvm.SnapshotVolume.Status;
import org.jspecify.annotations.Nullable;

/// The running kernel's word on a snapshot, against which the list read from its store is held:
/// fewer entries than the kernel counts would mean that the read was stale. If no snapshot is
/// active (an image of a store), there is no such word, and the list stands alone.
final class KernelStatus {

  /// A busy origin has exceptions in flight, which the kernel counts before the list shows them.
  private static final int MAX_READS = 20;

  private static final long PAUSE_MILLIS = 100;

  private final Optional<SnapshotVolume> volume;
  private final Optional<SnapshotVolume> newer;
  private final Consumer<String> warnings;
  private @Nullable Status status;
  private boolean grew;

  KernelStatus(
      Optional<SnapshotVolume> volume, Optional<SnapshotVolume> newer, Consumer<String> warnings) {
    this.volume = volume;
    this.newer = newer;
    this.warnings = warnings;
  }

  Lineage lineage() {
    return volume.map(snapshot -> snapshot.lineage(newer)).orElse(Lineage.UNKNOWN);
  }

  OptionalLong usedBytes() {
    return status == null || status.overflowed()
        ? OptionalLong.empty()
        : OptionalLong.of(status.allocatedSectors() * SnapshotVolume.SECTOR);
  }

  /// Returns when LVM made the snapshot, in seconds since 1970.
  OptionalLong createdSeconds() {
    return volume.map(SnapshotVolume::createdSeconds).orElse(OptionalLong.empty());
  }

  /// Returns how full the fuller of the stores was when the kernel was last asked.
  Optional<StoreUsage> storeUsage() {
    return Stream.of(volume, newer)
        .flatMap(Optional::stream)
        .flatMap(snapshot -> snapshot.storeUsage().stream())
        .max(Comparator.comparingDouble(StoreUsage::share));
  }

  boolean overflowed() {
    return status != null && status.overflowed();
  }

  /// Compares the snapshot with what the new bytes are read from.
  ///
  /// @throws SourceException if a bare store's origin is too small, which is a mistake
  void checkSizes(Disk data, long snapshotSize) throws SourceException {
    if (data.size() >= snapshotSize) {
      return;
    }
    var message =
        "%s: has %s, the snapshot %s"
            .formatted(data.name(), Sizes.exact(data.size()), Sizes.exact(snapshotSize));
    if (volume.isEmpty()) {
      throw new SourceException(message + "; name the right --origin and --snapshot-size");
    }
    warnings.accept(message + "; changes beyond its end are gone and not sent");
  }

  /// Reads the list of changes, and again while the kernel knows of more than it shows.
  ///
  /// @throws SourceException if they never agree
  ChangedChunks readList(ExceptionStore store, long originChunks) throws IOException {
    if (!store.isPlainlyValid()) {
      warnings.accept(
          store.name()
              + ": at byte 4: neither valid (1) nor invalid (0), as only damage or another program"
              + " leaves it; the kernel takes that for valid");
    }
    if (volume.isEmpty()) {
      return whole(ChangedChunks.of(store, originChunks), store);
    }
    var snapshot = volume.get();
    checkChunkSize(snapshot, store);
    var before = snapshot.status();
    for (int reads = 0; reads < MAX_READS; reads++) {
      var chunks = ChangedChunks.of(store, originChunks);
      store.checkStillValid();
      var after = snapshot.status();
      long next = chunks.end().nextFree() * (store.chunkSize() / SnapshotVolume.SECTOR);
      if (before.overflowed() || after.overflowed()) {
        status = after;
        warnings.accept(
            snapshot.name()
                + ": the snapshot overflowed by writes to itself; its list is complete, but it takes"
                + " no more");
        return whole(chunks, store);
      }
      if (next >= before.allocatedSectors() && next <= after.allocatedSectors()) {
        status = after;
        return chunks;
      }
      settle(snapshot.originPath());
    }
    throw new SourceException(
        "%s: its exception store lists fewer or other changes than the kernel counts (dmsetup status %s); is the store read past the page cache? nothing was used"
            .formatted(store.name(), snapshot.name()));
  }

  /// Asks again after everything was read.
  ///
  /// @throws SourceException if the snapshot, or the newer one, was lost meanwhile
  void checkStillTrue() throws IOException {
    if (newer.isPresent()) {
      newer.get().status();
    }
    if (volume.isEmpty()) {
      return;
    }
    var now = volume.get().status();
    if (status != null && now.allocatedSectors() > status.allocatedSectors()) {
      status = now;
      grew = true;
    }
  }

  /// Returns whether more is listed by now than was read, as far as the kernel has been asked; not
  /// if a newer snapshot keeps what was read.
  boolean hasGrown() {
    return newer.isEmpty() && grew;
  }

  /// Looks whether the snapshot, and the newer one, can still be used.
  ///
  /// @throws SourceException if one of them is lost
  void checkStillThere() throws IOException {
    if (newer.isPresent()) {
      newer.get().status();
    }
    if (volume.isPresent()) {
      volume.get().status();
    }
  }

  private static void checkChunkSize(SnapshotVolume snapshot, ExceptionStore store)
      throws SourceException {
    if (snapshot.chunkSize() != store.chunkSize()) {
      throw new SourceException(
          "%s: at byte 12: chunks of %d bytes, but the active snapshot %s has %d; this is not its store"
              .formatted(store.name(), store.chunkSize(), snapshot.name(), snapshot.chunkSize()));
    }
  }

  /// Of an active snapshot the kernel's count tells where the list ends. Without it, an entry that
  /// was lost would make the list end early.
  private static ChangedChunks whole(ChangedChunks chunks, ExceptionStore store)
      throws SourceException {
    var stray = chunks.end().strayAt();
    if (stray.isPresent()) {
      throw new SourceException(
          "%s: at byte %d: something follows the end of the list: entries were lost, or a power cut tore the last write; activate the snapshot, or compare: blkdelta verify --repair"
              .formatted(store.name(), stray.getAsLong()));
    }
    return chunks;
  }

  /// Lets the exceptions in flight arrive: flushing the origin waits for its writes.
  private static void settle(Path origin) throws IOException {
    try {
      DirectDisk.flush(origin);
      Thread.sleep(PAUSE_MILLIS);
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }
}
