package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A disk that is written in place, and never grows.
public interface WritableDisk extends Disk {

  /// Writes all of `src` at `offset`.
  ///
  /// @throws IOException if it would reach beyond [#size()] (nothing is written then), or if
  ///     writing fails
  void write(ByteBuffer src, long offset) throws IOException;

  /// Makes the range read as zeros, in the cheapest way that does.
  ///
  /// @throws IOException as for [#write]
  void zero(long offset, long length) throws IOException;

  /// Returns when everything written so far survives a power cut.
  void sync() throws IOException;

  /// Checks that a range is inside of the disk, before anything of it is written.
  ///
  /// @throws IOException if it is not, naming the disk and the offset
  default void checkInside(long offset, long length) throws IOException {
    if (offset < 0 || length > size() - offset) {
      throw new IOException(
          "%s: at byte %d: %d bytes reach beyond its end at %d"
              .formatted(name(), offset, length, size()));
    }
  }
}
