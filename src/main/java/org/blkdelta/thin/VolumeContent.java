package org.blkdelta.thin;

import java.io.IOException;
import java.util.HashMap;
import org.blkdelta.extent.Extent.Kind;
import org.blkdelta.thin.ThinMetadata.Device;

/// What one volume holds, whatever another has: its own blocks as data, and zeros (or what its
/// external origin shows) between them.
final class VolumeContent {

  private final Kind unmapped;
  private final BlockRuns runs;

  private VolumeContent(boolean external, BlockRuns runs) {
    this.unmapped = external ? Kind.DATA : Kind.ZERO;
    this.runs = runs;
  }

  /// Lists a whole volume.
  ///
  /// @param blockCount the volume's size in blocks
  /// @param external whether it shows an external origin where it has no blocks
  static BlockRuns of(ThinMetadata metadata, Device volume, long blockCount, boolean external)
      throws IOException {
    var blocks = metadata.blocks();
    var runs = new BlockRuns(blocks.name());
    var mappings = mappings(metadata, volume, 0, Long.MAX_VALUE);
    new VolumeContent(external, runs).add(mappings, 0, blockCount);
    while (mappings.block() != Long.MAX_VALUE) {
      mappings.next(); // beyond the end of a volume that has shrunk
    }
    if (mappings.count() != volume.mappedBlocks()) {
      throw blocks.damaged(
          volume.root(),
          "the volume %d should have %d mappings, and has %d"
              .formatted(volume.id(), volume.mappedBlocks(), mappings.count()));
    }
    return runs;
  }

  /// Lists what a volume holds from block `from` on, up to `end`.
  static void addTo(
      BlockRuns runs, ThinMetadata metadata, Device volume, long from, long end, boolean external)
      throws IOException {
    new VolumeContent(external, runs).add(mappings(metadata, volume, from, end), from, end);
  }

  private static Mappings mappings(ThinMetadata metadata, Device volume, long from, long end)
      throws IOException {
    return new MappingTree(metadata.blocks(), new HashMap<>(), volume.root()).mappings(from, end);
  }

  private void add(Mappings mappings, long from, long end) throws IOException {
    long at = from;
    while (mappings.block() < from) {
      mappings.next();
    }
    while (at < end) {
      long gap = Math.min(mappings.block(), end);
      if (at < gap) {
        runs.add(unmapped, at, gap - at);
      }
      for (at = gap; at < end && mappings.block() == at; at++) {
        mappings.next();
      }
      if (gap < at) {
        runs.add(Kind.DATA, gap, at - gap);
      }
    }
  }
}
