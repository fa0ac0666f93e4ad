package org.blkdelta.wire;

import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.ByteBuffer;

/// The digests of a run of bytes, one for each unit of it: XXH3 with 128 bits, as in [Tally], upper
/// half first. So a difference is known to a unit, and nobody has to ask back.
public final class Digests {

  /// Bytes that one digest is of; the last one of a run may be of fewer.
  public static final int UNIT = 4096;

  /// Bytes of a digest.
  static final int SIZE = 2 * Long.BYTES;

  private static final Hasher128 HASHER = Hashing.xxh3_128();

  private Digests() {}

  /// Returns the digests of the remaining bytes, which have an array. The position does not move.
  public static ByteBuffer of(ByteBuffer bytes) {
    int length = bytes.remaining();
    int start = bytes.arrayOffset() + bytes.position();
    var digests = ByteBuffer.allocate((int) size(length));
    for (int at = 0; at < length; at += UNIT) {
      var hash = HASHER.hashBytesTo128Bits(bytes.array(), start + at, Math.min(UNIT, length - at));
      digests.putLong(hash.getMostSignificantBits()).putLong(hash.getLeastSignificantBits());
    }
    return digests.flip();
  }

  /// Returns that part of the digests of a run which belongs to a part of it.
  ///
  /// @param start where the part begins in the run, a multiple of [#UNIT]
  /// @param length bytes of the part
  public static ByteBuffer part(ByteBuffer digests, long start, long length) {
    int from = digests.position() + (int) size(start);
    return digests.slice(from, (int) size(length));
  }

  /// Returns the bytes of the digests of so many bytes; too large for any frame where the product
  /// would not fit.
  static long size(long length) {
    return (length / UNIT + (length % UNIT == 0 ? 0 : 1)) * SIZE;
  }
}
