package org.blkdelta.wire;

import java.nio.ByteBuffer;

/// One message of the change stream; see docs/stream.md. Offsets and lengths are bytes.
public sealed interface Frame {

  /// Most bytes that a frame carries.
  int MAX_BYTES = 1 << 20;

  /// Opens the stream.
  record Header(StreamHeader stream) implements Frame {}

  /// New bytes. They belong to the frame until the sink that took it returns.
  record Data(long offset, ByteBuffer bytes) implements Frame {}

  /// A run that now reads as zeros.
  record Zero(long offset, long length) implements Frame {}

  /// What the destination must hold, or what it is compared with. It changes nothing.
  ///
  /// @param length bytes, at least 1
  /// @param digests the [Digests] of these bytes; none if all of them are zeros. They belong to
  ///     the frame until the sink that took it returns
  record Expect(long offset, long length, ByteBuffer digests) implements Frame {

    /// Returns one for a run that reads as zeros.
    public static Expect zeros(long offset, long length) {
      return new Expect(offset, length, ByteBuffer.allocate(0));
    }

    /// Returns what is expected of the first bytes only.
    ///
    /// @param most how many of them: all, or a multiple of [Digests#UNIT]
    public Expect head(long most) {
      return isZeros()
          ? zeros(offset, most)
          : new Expect(offset, most, Digests.part(digests, 0, most));
    }

    /// Returns whether all of these bytes are zeros.
    public boolean isZeros() {
      return !digests.hasRemaining();
    }
  }

  /// Closes the stream: what it held.
  record End(Tally.Sum sum) implements Frame {}
}
