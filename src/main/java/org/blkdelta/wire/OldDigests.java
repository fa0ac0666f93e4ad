package org.blkdelta.wire;

import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.ByteBuffer;

/// XXH3 with 128 bits and seed 0, upper half first. Whoever can write to the volume can make two
/// units that have the same one, so nothing new is written with it.
record OldDigests() implements Digests {

  private static final Hasher128 HASHER = Hashing.xxh3_128();

  @Override
  public ByteBuffer of(long offset, ByteBuffer bytes) {
    int length = bytes.remaining();
    int start = bytes.arrayOffset() + bytes.position();
    var digests = ByteBuffer.allocate((int) Digests.size(length));
    for (int at = 0; at < length; at += UNIT) {
      var hash = HASHER.hashBytesTo128Bits(bytes.array(), start + at, Math.min(UNIT, length - at));
      digests.putLong(hash.getMostSignificantBits()).putLong(hash.getLeastSignificantBits());
    }
    return digests.flip();
  }
}
