package org.blkdelta.wire;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Locale;
import org.blkdelta.failure.SourceException;

/// The secret of the digests of one stream. It is drawn after whoever writes to the volume has
/// written, and is known to nobody else than the stream's two ends.
///
/// @param hex 16 bytes, as hexadecimal digits
public record DigestKey(String hex) {

  private static final int SIZE = 16;

  /// Names the digest, in the header.
  private static final String KIND = "gmac:";

  /// Draws a new one.
  public static DigestKey drawn() {
    var bytes = new byte[SIZE];
    new SecureRandom().nextBytes(bytes);
    return new DigestKey(HexFormat.of().formatHex(bytes));
  }

  /// Returns what the header says of it.
  String text() {
    return KIND + hex;
  }

  /// Reads what a header says.
  ///
  /// @param name what messages call the stream
  /// @throws SourceException if it is not such a key
  static DigestKey parse(String name, String text) throws SourceException {
    var hex = text.startsWith(KIND) ? text.substring(KIND.length()) : "";
    if (!hex.matches("[0-9a-f]{" + 2 * SIZE + "}")) {
      throw new SourceException(
          name + ": in its header: digests of an unknown kind; install the newer blkdelta");
    }
    return new DigestKey(hex.toLowerCase(Locale.ROOT));
  }

  /// Keeps it out of messages.
  @Override
  public String toString() {
    return "DigestKey[secret]";
  }

  byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }
}
