package org.blkdelta.remote;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Base64;
import java.util.Optional;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/// A server's or an authority's public key in the encoding that `known_hosts` has: RFC 4253,
/// section 6.6. Two are equal when their bytes are.
///
/// @param type the key's type, such as `ssh-ed25519`; the same as inside of the encoding
/// @param base64 the encoded key, with padding
record HostKey(String type, String base64) {

  /// Returns the encoding of a key of the SSH library.
  static HostKey of(PublicKey key) {
    var buffer = new ByteArrayBuffer();
    buffer.putRawPublicKey(key);
    return of(buffer.getCompactData());
  }

  /// Reads the two fields of a line; empty if they are malformed or contradict each other.
  static Optional<HostKey> parse(String type, String base64) {
    try {
      return Optional.of(of(Base64.getDecoder().decode(base64))).filter(k -> k.type.equals(type));
    } catch (IllegalArgumentException | BufferException malformed) {
      return Optional.empty();
    }
  }

  /// Returns the fingerprint as `ssh` prints it, `SHA256:` and unpadded base64.
  String fingerprint() {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(Base64.getDecoder().decode(base64));
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /// Returns the type and the fingerprint, for messages.
  @Override
  public String toString() {
    return type + " " + fingerprint();
  }

  private static HostKey of(byte[] blob) {
    var type = new ByteArrayBuffer(blob).getString();
    return new HostKey(type, Base64.getEncoder().encodeToString(blob));
  }
}
