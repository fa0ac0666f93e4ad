package org.blkdelta.wire;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The layout of a frame, for changes, answers and packed blocks alike; see docs/stream.md, section
/// 2. A frame is a head of 28 bytes and a payload. Integers are big-endian.
///
/// | byte | size | field |
/// | --- | --- | --- |
/// | 0 | 1 | type: a letter; a small one may be skipped by who does not know it |
/// | 1 | 3 | zero |
/// | 4 | 4 | length of the payload |
/// | 8 | 8 | offset |
/// | 16 | 8 | length |
/// | 24 | 4 | CRC-32C of bytes 0 to 23 and the payload |
final class FrameFormat {

  static final byte HEADER = 'H';
  static final byte DATA = 'D';
  static final byte ZERO = 'Z';
  static final byte EXPECT = 'X';
  static final byte END = 'E';

  /// Says in a live stream, and among its answers, that the other side is there. May be skipped.
  static final byte ALIVE = 'a';

  static final byte STORED = 'S';
  static final byte PACKED = 'P';

  static final int HEAD_SIZE = 28;
  static final int CRC_AT = 24;

  /// Like PNG's: no text, and damaged by whatever translates line ends or stops at a control-Z.
  private static final byte[] STREAM_MAGIC = {
    (byte) 0x89, 'B', 'L', 'K', 'D', '1', '\r', '\n', 0x1a, '\n'
  };

  private static final byte[] PACKED_MAGIC = {
    (byte) 0x89, 'B', 'L', 'K', 'P', '1', '\r', '\n', 0x1a, '\n'
  };

  private FrameFormat() {}

  /// Returns the version of the change stream.
  static int version() {
    return STREAM_MAGIC[5] - '0';
  }

  /// Returns the bytes that a change stream begins with. The digit is the version.
  static byte[] streamMagic() {
    return STREAM_MAGIC.clone();
  }

  /// Returns the bytes that a packed stream begins with. The digit is the version.
  static byte[] packedMagic() {
    return PACKED_MAGIC.clone();
  }

  /// Returns whether a frame of this type may be skipped by a reader that does not know it.
  static boolean isOptional(byte type) {
    return type >= 'a' && type <= 'z';
  }

  /// Returns the checksum of a head (its first 24 bytes) and a payload.
  static int checksum(ByteBuffer head, ByteBuffer payload) {
    var crc = new CRC32C();
    crc.update(head.slice(0, CRC_AT));
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }
}
