package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// Builds streams byte by byte, as docs/stream.md describes them and as no writer would write them.
/// It shares no code with the writer, so that the two check each other.
final class RawStream {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /// Starts a stream of changes.
  static RawStream changes() {
    return new RawStream().bytes("\u0089BLKD1\r\n\u001a\n".getBytes(ISO_8859_1));
  }

  /// Starts a stream of changes of a volume of so many bytes, about which nothing is known.
  static RawStream changes(long volumeSize) {
    return changes().frame('H', 0, volumeSize);
  }

  /// Starts a stream of answers.
  static RawStream answers() {
    return new RawStream().bytes("\u0089BLKA2\r\n\u001a\n".getBytes(ISO_8859_1));
  }

  RawStream bytes(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  RawStream text(String text) {
    return bytes(text.getBytes(ISO_8859_1));
  }

  RawStream frame(char type, long offset, long length, byte... payload) {
    return frame(type, offset, length, payload.length, payload);
  }

  /// Adds a frame that claims another length of its payload than it has.
  RawStream frame(char type, long offset, long length, int claimed, byte[] payload) {
    var head = ByteBuffer.allocate(24).put((byte) type).put(new byte[3]);
    head.putInt(claimed).putLong(offset).putLong(length);
    var crc = new CRC32C();
    crc.update(head.array());
    crc.update(payload);
    bytes(head.array());
    return bytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array()).bytes(payload);
  }

  /// Adds an end that is right for these numbers.
  RawStream end(Tally.Sum sum) {
    return end(
        sum.frames(),
        sum.extents(),
        sum.dataBytes(),
        sum.zeroBytes(),
        sum.digestHigh(),
        sum.digestLow());
  }

  RawStream end(long... numbers) {
    var payload = ByteBuffer.allocate(8 * numbers.length);
    for (long number : numbers) {
      payload.putLong(number);
    }
    return frame('E', 0, 0, payload.array());
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
