package org.blkdelta.thin;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.DeviceMapper;

/// What the kernel says of a running pool (its Documentation, device-mapper/thin-provisioning.rst).
///
/// @param transaction the one that LVM set last
/// @param heldRoot block of the metadata snapshot, if there is one
record PoolStatus(long transaction, StoreUsage metadata, StoreUsage data, OptionalLong heldRoot) {

  /// Asks the kernel about a pool.
  ///
  /// @param pool its device-mapper name
  /// @throws SourceException if the pool failed, or its metadata cannot be trusted
  static PoolStatus of(DeviceMapper deviceMapper, String pool) throws SourceException {
    try {
      var lines = deviceMapper.status(pool);
      if (lines.size() != 1 || !lines.get(0).type().equals("thin-pool")) {
        throw new SourceException(pool + ": is not a thin pool any more; was it deactivated?");
      }
      return parse(pool, lines.get(0).arguments());
    } catch (SyncException told) {
      throw told instanceof SourceException source
          ? source
          : new SourceException(String.valueOf(told.getMessage()), told);
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException unknown) {
      throw new SourceException(
          "%s: the kernel does not say how it is: %s; look at: dmsetup status --noflush %s"
              .formatted(pool, SyncException.describe(unknown), pool),
          unknown);
    }
  }

  /// Words: transaction, metadata used/total, data used/total, held root or `-`, mode, how discards
  /// are passed down, what happens when it is full, `needs_check` or `-`, and more.
  private static PoolStatus parse(String pool, List<String> words) throws SourceException {
    if (List.of("Fail", "Error").contains(words.get(0))) {
      throw new SourceException(
          pool + ": the pool has failed; repair it: lvconvert --repair VG/POOL");
    }
    if (words.contains("needs_check")) {
      throw new SourceException(
          pool
              + ": the pool needs a check (needs_check): its last change may be lost; repair it:"
              + " lvconvert --repair VG/POOL");
    }
    if (words.get(4).equals("ro")) {
      throw new SourceException(
          pool
              + ": the pool is read-only: its last change may be lost; see the kernel's log, and"
              + " repair it");
    }
    return new PoolStatus(
        Long.parseLong(words.get(0)),
        fullness(words.get(1)),
        fullness(words.get(2)),
        words.get(3).equals("-")
            ? OptionalLong.empty()
            : OptionalLong.of(Long.parseLong(words.get(3))));
  }

  private static StoreUsage fullness(String word) {
    int slash = word.indexOf('/');
    return new StoreUsage(
        Long.parseLong(word.substring(0, slash)), Long.parseLong(word.substring(slash + 1)));
  }
}
