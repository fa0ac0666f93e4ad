package org.blkdelta.thin;

import java.io.IOException;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// One consistent state of a thin pool's metadata: that of an image, or of a metadata snapshot.
final class ThinMetadata {

  /// A volume of the pool.
  ///
  /// @param id the number by which the pool knows it; used again after it was removed
  /// @param root block of its mapping tree's root
  /// @param mappedBlocks data blocks that it has, shared ones too
  /// @param transaction the pool's transaction when it was made
  /// @param time the pool's time when it was made: one more for each snapshot that is taken
  record Device(long id, long root, long mappedBlocks, long transaction, long time) {}

  private static final int DETAILS_SIZE = 24;
  private static final int TRANSACTION = 1;

  /// 32 bits each: the time when it was made, and when it was last snapshotted.
  private static final int TIMES = 2;

  private static final long CREATION_TIME = 0xffffffffL;

  private final MetadataBlocks blocks;
  private final Superblock superblock;

  private ThinMetadata(MetadataBlocks blocks, Superblock superblock) {
    this.blocks = blocks;
    this.superblock = superblock;
  }

  /// Opens an image of the metadata of a pool that is not active.
  ///
  /// @param disk the image; the caller closes it
  static ThinMetadata ofImage(Disk disk) throws IOException {
    var blocks = new MetadataBlocks(disk);
    var superblock = Superblock.read(blocks, 0);
    if (superblock.heldRoot() != 0) {
      Superblock.read(blocks, superblock.heldRoot());
    }
    blocks.dataBlocks(superblock.data().total());
    return new ThinMetadata(blocks, superblock);
  }

  /// Opens the metadata snapshot at block `heldRoot` of a running pool.
  ///
  /// @param dataBlocks how many the pool's data device has; the metadata snapshot does not know
  static ThinMetadata ofSnapshot(Disk disk, long heldRoot, long dataBlocks) throws IOException {
    var blocks = new MetadataBlocks(disk);
    blocks.dataBlocks(dataBlocks);
    return new ThinMetadata(blocks, Superblock.read(blocks, heldRoot));
  }

  MetadataBlocks blocks() {
    return blocks;
  }

  Superblock superblock() {
    return superblock;
  }

  /// Returns the volume with the given number.
  ///
  /// @throws SourceException if there is none
  Device device(long id) throws IOException {
    var mapping = leaf(superblock.mappingRoot(), id, TreeNode.NUMBER_SIZE);
    var details = leaf(superblock.detailsRoot(), id, DETAILS_SIZE);
    int mappingAt = mapping.floor(id);
    int detailsAt = details.floor(id);
    boolean mapped = mappingAt >= 0 && mapping.key(mappingAt) == id;
    boolean described = detailsAt >= 0 && details.key(detailsAt) == id;
    if (mapped != described) {
      throw blocks.damaged(
          (mapped ? details : mapping).number(),
          "volume %d is known to one tree only".formatted(id));
    }
    if (!mapped) {
      throw new SourceException(
          "%s: the pool has no volume with the id %d (see: lvs -o lv_name,thin_id)"
              .formatted(blocks.name(), id));
    }
    long root = mapping.value(mappingAt);
    blocks.checkNode(root);
    return new Device(
        id,
        root,
        details.value(detailsAt),
        details.value(detailsAt, TRANSACTION),
        details.value(detailsAt, TIMES) & CREATION_TIME);
  }

  /// Returns the leaf that holds `key` if any does.
  private TreeNode leaf(long root, long key, int valueSize) throws IOException {
    long low = 0;
    long end = Long.MAX_VALUE;
    long number = root;
    for (int level = 0; level < MetadataBlocks.MAX_LEVELS; level++) {
      var node = blocks.node(number, valueSize);
      node.checkKeys(low, end);
      if (node.isLeaf()) {
        return node;
      }
      int child = Math.max(0, node.floor(key)); // the first one's key is a bound, no entry
      low = node.key(child);
      end = child + 1 < node.count() ? node.key(child + 1) : end;
      number = node.value(child);
    }
    throw blocks.endless(root);
  }
}
