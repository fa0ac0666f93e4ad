package org.blkdelta.thin;

/// How full a pool's data or metadata device is.
///
/// @param usedBlocks in blocks: of the pool's block size, or of 4096 bytes for metadata
/// @param totalBlocks likewise
public record Fullness(long usedBlocks, long totalBlocks) {

  /// Returns it as a share, 0 to 1.
  public double share() {
    return totalBlocks <= 0 ? 0 : (double) usedBlocks / totalBlocks;
  }
}
