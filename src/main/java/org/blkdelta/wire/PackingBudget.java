package org.blkdelta.wire;

/// Says which blocks are worth packing, by what the last ones took: where packing a block takes
/// longer than writing what it saves, some are written as they are before it is tried again. Each
/// time in a row that it does not pay they are twice as many, so that a network which got slower,
/// or content which packs better, is noticed soon, and trying costs next to nothing.
///
/// What writing takes is an average over some blocks, since a network is written to by fits and
/// starts. What packing takes and saves is the last block's own.
final class PackingBudget {

  private static final int MAX_PAUSE = 64;

  /// What a block counts when the next one is written.
  private static final double MEMORY = 15.0 / 16;

  private double writtenBytes;
  private double writingNanos;
  private int pause = 1;
  private int left;

  /// Returns whether the next block is worth packing.
  boolean isLikely() {
    return left == 0;
  }

  /// Learns what a block took that was written as it is.
  ///
  /// @param bytes of the block, at least 1
  void stored(int bytes, long writingTook) {
    written(bytes, writingTook);
    left--;
  }

  /// Learns what a block took that was packed.
  ///
  /// @param bytes of the block, at least 1
  /// @param packed its bytes when they were packed, at least 1; if not fewer, it was written as is
  void packed(int bytes, int packed, long packingTook, long writingTook) {
    written(Math.min(bytes, packed), writingTook);
    double saved = (bytes - packed) * writingNanos / writtenBytes;
    if (saved > packingTook) {
      pause = 1;
      return;
    }
    left = pause;
    pause = Math.min(2 * pause, MAX_PAUSE);
  }

  private void written(int bytes, long nanos) {
    writtenBytes = writtenBytes * MEMORY + bytes;
    writingNanos = writingNanos * MEMORY + nanos;
  }
}
