package org.blkdelta.stripes;

import java.util.Arrays;
import org.blkdelta.failure.SourceException;

/// The layout of a stream that is dealt over several connections; see docs/stream.md, section 5.5.
///
/// The first connection begins with the magic and the stream's name (16 bytes); each further one is
/// joined to it by that name. Then every connection carries blocks: a head of 12 bytes, and bytes.
/// Integers are big-endian.
///
/// | byte | size | field |
/// | --- | --- | --- |
/// | 0 | 8 | number of the block in the stream, from 0 |
/// | 8 | 4 | bytes that follow, 1 to 262144; or 0 |
///
/// A block of 0 bytes is the last one of a connection; its number is how many there are in all, and
/// 8 bytes follow: how many of them this connection carried. A connection that ends without it is
/// lost.
final class Stripes {

  static final int HEAD_SIZE = 12;

  /// Most bytes of a block.
  static final int MAX_BYTES = 256 << 10;

  private static final byte[] MAGIC = {
    (byte) 0x89, 'B', 'L', 'K', 'S', '2', '\r', '\n', 0x1a, '\n'
  };

  private static final int VERSION_AT = 5;

  private Stripes() {}

  /// Returns the bytes that the first connection begins with. The digit is the version.
  static byte[] magic() {
    return MAGIC.clone();
  }

  /// Returns whether a stream begins with the magic.
  ///
  /// @throws SourceException if it begins with that of another version
  static boolean isMagic(byte[] start) throws SourceException {
    if (Arrays.equals(start, MAGIC)) {
      return true;
    }
    var other = start.clone();
    if (other.length == MAGIC.length) {
      other[VERSION_AT] = MAGIC[VERSION_AT];
    }
    if (Arrays.equals(other, MAGIC)) {
      throw new SourceException(
          "stream: the sender's blkdelta deals it over several connections by version %c, this one by %c; install the same on both"
              .formatted(start[VERSION_AT], MAGIC[VERSION_AT]));
    }
    return false;
  }
}
