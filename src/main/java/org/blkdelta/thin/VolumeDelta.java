package org.blkdelta.thin;

import java.io.IOException;
import org.blkdelta.extent.Extent.Kind;
import org.blkdelta.thin.ThinDelta.Change;
import org.blkdelta.thin.ThinMetadata.Device;

/// What has to be sent so that a copy of the older volume becomes the newer one.
///
/// @param runs in blocks of the pool
/// @param sharedBlocks blocks that both volumes have, and that are the same
record VolumeDelta(Device older, Device newer, BlockRuns runs, long sharedBlocks) {

  /// Compares two volumes.
  ///
  /// @param olderSize bytes of the older volume, `newerSize` of the newer
  /// @param external whether both show an external origin where they have no blocks
  static VolumeDelta of(
      ThinMetadata metadata,
      Device older,
      Device newer,
      long olderSize,
      long newerSize,
      boolean external)
      throws IOException {
    long blockSize = metadata.superblock().blockSize();
    // a copy of the older volume has nothing beyond its end, whatever both trees have there
    long grownFrom = newerSize > olderSize ? olderSize / blockSize : Long.MAX_VALUE;
    var runs = new BlockRuns(metadata.blocks().name());
    long[] notShared = {0};
    ThinDelta.between(
        metadata,
        older,
        newer,
        (change, first, count) -> {
          notShared[0] += change == Change.LEFT_ONLY ? 0 : count;
          long listed = Math.min(count, grownFrom - first);
          if (listed > 0) {
            boolean gone = change == Change.LEFT_ONLY && !external;
            runs.add(gone ? Kind.ZERO : Kind.DATA, first, listed);
          }
        });
    if (newerSize > olderSize) {
      long end = Math.ceilDiv(newerSize, blockSize);
      VolumeContent.addTo(runs, metadata, newer, grownFrom, end, external);
    }
    return new VolumeDelta(older, newer, runs, newer.mappedBlocks() - notShared[0]);
  }
}
