package org.blkdelta.wire;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// AES-128-GMAC (NIST SP 800-38D) of each unit, with the unit's offset as the nonce. Two different
/// units of 4096 bytes have the same one for at most 257 of the 2^128 values of the hash key, which
/// is as secret as the stream's key: whoever wrote them before that was drawn cannot aim at it.
final class KeyedDigests implements Digests {

  private static final String ALGORITHM = "AES/GCM/NoPadding";
  private static final int TAG_BITS = 8 * SIZE;
  private static final int NONCE_SIZE = 12;

  private final SecretKeySpec key;
  private @Nullable Cipher cipher;
  private long last = -1;

  KeyedDigests(DigestKey key) {
    this.key = new SecretKeySpec(key.bytes(), "AES");
  }

  @Override
  public ByteBuffer of(long offset, ByteBuffer bytes) {
    int length = bytes.remaining();
    int start = bytes.arrayOffset() + bytes.position();
    var digests = ByteBuffer.allocate((int) Digests.size(length));
    try {
      for (int at = 0; at < length; at += UNIT) {
        var cipher = begun(offset + at);
        cipher.updateAAD(bytes.array(), start + at, Math.min(UNIT, length - at));
        cipher.doFinal(digests.array(), digests.position());
        digests.position(digests.position() + SIZE);
      }
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("a digest of plain bytes", impossible);
    }
    return digests.flip();
  }

  /// The cipher refuses a nonce that it had just before, since nobody may encrypt two texts with
  /// it. Nothing is encrypted here.
  private Cipher begun(long offset) throws GeneralSecurityException {
    if (cipher == null) {
      cipher = Cipher.getInstance(ALGORITHM); // takes longer than a run without digests should
    }
    if (offset == last) {
      start(cipher, offset, 1);
    }
    start(cipher, offset, 0);
    last = offset;
    return cipher;
  }

  private void start(Cipher cipher, long offset, int tail) throws GeneralSecurityException {
    var nonce = ByteBuffer.allocate(NONCE_SIZE).putLong(offset).putInt(tail).array();
    cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
  }
}
