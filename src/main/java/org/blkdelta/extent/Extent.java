package org.blkdelta.extent;

/// A changed run of bytes of a disk.
///
/// @param offset its first byte
/// @param length its bytes, at least 1
/// @param kind whether its new content has to be read, or is known to be zeros
public record Extent(long offset, long length, Kind kind) {

  /// What the run holds now.
  public enum Kind {
    DATA,
    ZERO
  }

  /// Creates one that lies between byte 0 and the largest `long`.
  public Extent {
    if (offset < 0 || length <= 0 || length > Long.MAX_VALUE - offset) {
      throw new IllegalArgumentException("extent at %d of %d bytes".formatted(offset, length));
    }
  }

  /// Returns the offset of the first byte after it.
  public long end() {
    return offset + length;
  }
}
