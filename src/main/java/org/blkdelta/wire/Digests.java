package org.blkdelta.wire;

import java.nio.ByteBuffer;

/// The digests of a run of bytes of a volume, one for each unit of it. So a difference is known to
/// a unit, and nobody has to ask back. One thread uses them.
public sealed interface Digests permits KeyedDigests, OldDigests {

  /// Bytes that one digest is of; the last one of a run may be of fewer.
  int UNIT = 4096;

  /// Bytes of a digest.
  int SIZE = 16;

  /// Returns those of streams that were written before digests had a key.
  static Digests old() {
    return new OldDigests();
  }

  /// Returns those that a stream has.
  static Digests of(StreamHeader header) {
    return header.key().<Digests>map(KeyedDigests::new).orElseGet(OldDigests::new);
  }

  /// Returns the digests of the remaining bytes, which have an array. The position does not move.
  ///
  /// @param offset of the first of them in the volume
  ByteBuffer of(long offset, ByteBuffer bytes);

  /// Returns what a destination must hold that has the remaining bytes of a buffer.
  default Frame.Expect expect(long offset, ByteBuffer bytes) {
    return new Frame.Expect(offset, bytes.remaining(), of(offset, bytes));
  }

  /// Returns that part of the digests of a run which belongs to a part of it.
  ///
  /// @param start where the part begins in the run, a multiple of [#UNIT]
  /// @param length bytes of the part
  static ByteBuffer part(ByteBuffer digests, long start, long length) {
    int from = digests.position() + (int) size(start);
    return digests.slice(from, (int) size(length));
  }

  /// Returns the bytes of the digests of so many bytes; too large for any frame where the product
  /// would not fit.
  static long size(long length) {
    return (length / UNIT + (length % UNIT == 0 ? 0 : 1)) * SIZE;
  }
}
