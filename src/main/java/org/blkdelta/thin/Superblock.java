package org.blkdelta.thin;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;

/// The superblock of a thin pool's metadata, or the copy of it that a metadata snapshot is (struct
/// thin_disk_superblock in the kernel's drivers/md/dm-thin-metadata.c).
///
/// @param transaction set by LVM, one more with each of its changes
/// @param heldRoot block of the metadata snapshot, 0 if there is none
/// @param mappingRoot block of the tree of all volumes' trees
/// @param detailsRoot block of the tree of what is known about each volume
/// @param blockSize bytes of a data block
/// @param data how much of the data device is in use; nothing in a metadata snapshot
/// @param metadata how much of the metadata is in use; nothing in a metadata snapshot
record Superblock(
    long transaction,
    long heldRoot,
    long mappingRoot,
    long detailsRoot,
    long blockSize,
    StoreUsage data,
    StoreUsage metadata) {

  private static final int SECTOR = 512;
  private static final int FLAGS_AT = 4;
  private static final int MAGIC_AT = 32;
  private static final int VERSION_AT = 40;
  private static final int TRANSACTION_AT = 48;
  private static final int HELD_ROOT_AT = 56;
  private static final int DATA_SPACE_MAP_AT = 64;
  private static final int METADATA_SPACE_MAP_AT = 192;
  private static final int MAPPING_ROOT_AT = 320;
  private static final int DETAILS_ROOT_AT = 328;
  private static final int BLOCK_SIZE_AT = 336;
  private static final int METADATA_BLOCK_SIZE_AT = 340;
  private static final int INCOMPATIBLE_AT = 360;
  private static final long MAGIC = 27022010;
  private static final int NEEDS_CHECK = 1;
  private static final int MIN_BLOCK_SECTORS = 128;
  private static final int MAX_BLOCK_SECTORS = 1 << 21;

  /// Reads block `number`, and checks what it says.
  ///
  /// @throws SourceException if it is no superblock of a sound pool
  static Superblock read(MetadataBlocks blocks, long number) throws IOException {
    var bytes = blocks.superblock(number);
    check(blocks, number, bytes);
    return new Superblock(
        bytes.getLong(TRANSACTION_AT),
        bytes.getLong(HELD_ROOT_AT),
        bytes.getLong(MAPPING_ROOT_AT),
        bytes.getLong(DETAILS_ROOT_AT),
        (long) bytes.getInt(BLOCK_SIZE_AT) * SECTOR,
        fullness(bytes, DATA_SPACE_MAP_AT),
        fullness(bytes, METADATA_SPACE_MAP_AT));
  }

  private static void check(MetadataBlocks blocks, long number, ByteBuffer bytes)
      throws SourceException {
    if (bytes.getLong(MAGIC_AT) != MAGIC) {
      throw blocks.damaged(number, "this is not the superblock of a thin pool (wrong magic)");
    }
    if (bytes.getInt(VERSION_AT) != 2) {
      throw new SourceException(
          "%s: in block %d: version %s of the metadata is unknown; only 2 can be read"
              .formatted(
                  blocks.name(), number, Integer.toUnsignedString(bytes.getInt(VERSION_AT))));
    }
    if (bytes.getInt(INCOMPATIBLE_AT) != 0) {
      throw new SourceException(
          "%s: in block %d: the metadata has features that are unknown (%#x); refused"
              .formatted(blocks.name(), number, bytes.getInt(INCOMPATIBLE_AT)));
    }
    if ((bytes.getInt(FLAGS_AT) & NEEDS_CHECK) != 0) {
      throw new SourceException(
          "%s: the pool needs a check (needs_check): its last change may be lost; repair it: lvconvert --repair VG/POOL"
              .formatted(blocks.name()));
    }
    int sectors = bytes.getInt(BLOCK_SIZE_AT);
    if (sectors < MIN_BLOCK_SECTORS
        || sectors > MAX_BLOCK_SECTORS
        || sectors % MIN_BLOCK_SECTORS != 0) {
      throw blocks.damaged(
          number, "data blocks of %s sectors".formatted(Integer.toUnsignedString(sectors)));
    }
    if (bytes.getInt(METADATA_BLOCK_SIZE_AT) != MetadataBlocks.SIZE / SECTOR) {
      throw blocks.damaged(
          number,
          "metadata blocks of %s sectors"
              .formatted(Integer.toUnsignedString(bytes.getInt(METADATA_BLOCK_SIZE_AT))));
    }
  }

  /// A space map's root begins with its number of blocks and how many of them are in use.
  private static StoreUsage fullness(ByteBuffer bytes, int at) {
    return new StoreUsage(bytes.getLong(at + Long.BYTES), bytes.getLong(at));
  }
}
