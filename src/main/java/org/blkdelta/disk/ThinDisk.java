package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.blkdelta.linux.NativeException;
import org.blkdelta.linux.NativeFile;

/// A thin device that gives zeroed blocks back to its pool. What is not mapped reads as zeros (the
/// kernel's drivers/md/dm-thin.c, process_bio), and a discard unmaps whole blocks only, or none of
/// those that somebody else is busy with: so whole blocks are discarded, all of them are read
/// afterwards, and what is not zero by then, and what was no whole block, is zeroed as elsewhere.
public final class ThinDisk extends ForwardingWritableDisk {

  /// How much is discarded at once, as far as a block is not larger.
  private static final long SPAN = 16L << 20;

  private final WritableDisk disk;
  private final long blockSize;
  private final Disk medium;
  private final Discards discards;
  private final Closeable opened;
  private boolean isDiscarding = true;

  /// Has the kernel discard a range.
  @FunctionalInterface
  interface Discards {
    void discard(long offset, long length) throws IOException;
  }

  private ThinDisk(
      WritableDisk disk, long blockSize, Disk medium, Discards discards, Closeable opened) {
    super(disk);
    this.disk = disk;
    this.blockSize = blockSize;
    this.medium = medium;
    this.discards = discards;
    this.opened = opened;
  }

  /// Puts this in front of a thin device.
  ///
  /// @param disk the device, closed with this
  /// @param path the same
  /// @param blockSize of its pool, in bytes; the first block begins where the device does
  public static ThinDisk of(WritableDisk disk, Path path, long blockSize) throws IOException {
    var medium = DirectDisk.open(path);
    try {
      var file = NativeFile.open(path, false);
      return new ThinDisk(disk, blockSize, medium, file::discard, file);
    } catch (IOException | RuntimeException fault) {
      medium.close();
      throw fault;
    }
  }

  /// @param medium what `disk` has on its medium
  static ThinDisk of(WritableDisk disk, Disk medium, long blockSize, Discards discards) {
    return new ThinDisk(disk, blockSize, medium, discards, () -> {});
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    checkInside(offset, length);
    long end = offset + length;
    long first = Math.ceilDiv(offset, blockSize) * blockSize;
    long last = end / blockSize * blockSize;
    if (first >= last) {
      disk.zero(offset, length);
      return;
    }
    edge(offset, first);
    long span = Math.max(blockSize, SPAN / blockSize * blockSize);
    for (long at = first; at < last; at += span) {
      giveBack(at, Math.min(span, last - at));
    }
    edge(last, end);
  }

  @Override
  public void close() throws IOException {
    try (opened;
        medium) {
      super.close();
    }
  }

  private void edge(long start, long end) throws IOException {
    if (start < end) {
      disk.zero(start, end - start);
    }
  }

  private void giveBack(long offset, long length) throws IOException {
    if (!isDiscarding) {
      disk.zero(offset, length);
    } else if (!isDiscarded(offset, length) || !Zeros.fill(medium, offset, length)) {
      for (long at = 0; at < length; at += blockSize) {
        disk.zero(offset + at, blockSize);
      }
    }
  }

  private boolean isDiscarded(long offset, long length) throws IOException {
    try {
      discards.discard(offset, length);
      return true;
    } catch (NativeException refused) {
      // EBUSY: pages of the range are waiting to be written. All else is so for the whole device.
      isDiscarding = refused.errno() == NativeFile.EBUSY;
      return false;
    }
  }
}
