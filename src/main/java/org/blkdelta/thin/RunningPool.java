package org.blkdelta.thin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.WriteWatch;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// The running kernel's side of two volumes: it gives a state of the metadata that stays, and says
/// at the end whether the newer volume is still well.
final class RunningPool {

  /// Reads what is needed of the metadata, while it stays as it is.
  @FunctionalInterface
  interface Reading<T> {
    T read(ThinMetadata metadata, PoolStatus status) throws IOException;
  }

  private final ThinVolumes volumes;
  private final ThinPair pair;
  private final Consumer<String> warnings;
  private final WriteWatch watch;
  private String mapped = "";
  private boolean isMappedAnew;

  /// Creates one, and has the kernel write out what the newer volume's page cache holds.
  RunningPool(ThinVolumes volumes, ThinPair pair, Consumer<String> warnings) throws IOException {
    this.volumes = volumes;
    this.pair = pair;
    this.warnings = warnings;
    flush(pair.path());
    this.watch = watch(pair.path());
  }

  /// Begins to watch what is to be read, before its blocks are listed.
  static WriteWatch watch(Path path) throws SourceException {
    try {
      return WriteWatch.of(path);
    } catch (SourceException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// Has the kernel write out what others have written to a device.
  static void flush(Path path) throws SourceException {
    try {
      DirectDisk.flush(path);
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// Opens a device or an image for reading.
  static Disk open(Path path) throws SourceException {
    try {
      return DirectDisk.open(path);
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// Holds the metadata, and has it read.
  <T> T read(Reading<T> reading) throws IOException {
    mapped = mapped();
    var deviceMapper = volumes.deviceMapper();
    try (var held =
            MetadataSnapshot.reserve(
                deviceMapper, pair.pool().name(), volumes.locks(), pair.poolId(), warnings);
        var disk = open(pair.metadataPath())) {
      var metadata = ThinMetadata.ofSnapshot(disk, held.root(), held.status().data().total());
      check(metadata.superblock(), held.status());
      return reading.read(metadata, held.status());
    }
  }

  /// Asks again after everything was read.
  ///
  /// @throws SourceException if the pool or the volume has failed
  void checkStillTrue() throws IOException {
    PoolStatus.of(volumes.deviceMapper(), pair.pool().name());
    var now = mapped();
    if (!now.equals(mapped)) {
      mapped = now;
      isMappedAnew = true;
    }
  }

  /// Returns in words that the newer volume was written to, if it was.
  Optional<String> movedOn() throws IOException {
    boolean isWritten = watch.isWritten();
    checkStillTrue();
    return isWritten || isMappedAnew
        ? Optional.of(pair.path() + ": was written to while it was read")
        : Optional.empty();
  }

  /// LVM's numbers mean what they did when LVM was asked only while the transaction is the same.
  private void check(Superblock superblock, PoolStatus status) throws SourceException {
    if (superblock.transaction() != pair.transaction()
        || status.transaction() != pair.transaction()) {
      throw new SourceException(
          "%s: LVM knows transaction %d, the kernel %d, the metadata %d; run again if volumes were just made; a restored pool needs LVM's metadata of then (vgcfgrestore)"
              .formatted(
                  pair.pool().name(),
                  pair.transaction(),
                  status.transaction(),
                  superblock.transaction()));
    }
    if (superblock.blockSize() != pair.blockSize()) {
      throw new SourceException(
          "%s: the kernel works with blocks of %d bytes, the metadata has %d; this is not its metadata"
              .formatted(pair.pool().name(), pair.blockSize(), superblock.blockSize()));
    }
  }

  /// Returns how much is mapped, as the kernel counts it: writes to new blocks change that.
  private String mapped() throws SourceException {
    var name = pair.device().name();
    try {
      var words = volumes.deviceMapper().status(name).getFirst();
      if (words.arguments().contains("Fail")) {
        throw new SourceException(name + ": the volume has failed; see the kernel's log");
      }
      return String.join(" ", words.arguments());
    } catch (SyncException told) {
      throw new SourceException(String.valueOf(told.getMessage()), told);
    } catch (IOException | NoSuchElementException unknown) {
      throw new SourceException(
          "%s: the kernel does not say how it is: %s; look at: dmsetup status"
              .formatted(name, SyncException.describe(unknown)),
          unknown);
    }
  }
}
