package org.blkdelta.wire;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/// The digest of the bytes of all changes, one after the other and zeros among them: XXH3 with 128
/// bits, as in [Tally]. It does not depend on how the changes were cut into frames.
public final class ContentDigest {

  private static final byte[] ZEROS = new byte[1 << 16];

  private final HashStream128 digest = Hashing.xxh3_128().hashStream();

  /// Adds the bytes of a frame, if it is a change. No buffer's position moves.
  public void add(Frame frame) {
    switch (frame) {
      case Frame.Data data -> add(data.bytes());
      case Frame.Zero zero -> addZeros(zero.length());
      case Frame.Header header -> {}
      case Frame.Expect expect -> {}
      case Frame.End end -> {}
    }
  }

  /// Returns the digest of what was added up to now, as 32 hexadecimal digits.
  public String digest() {
    var hash = digest.get();
    var digits = HexFormat.of();
    return digits.toHexDigits(hash.getMostSignificantBits())
        + digits.toHexDigits(hash.getLeastSignificantBits());
  }

  private void add(ByteBuffer bytes) {
    digest.putBytes(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
  }

  private void addZeros(long length) {
    for (long left = length; left > 0; left -= ZEROS.length) {
      digest.putBytes(ZEROS, 0, (int) Math.min(ZEROS.length, left));
    }
  }
}
