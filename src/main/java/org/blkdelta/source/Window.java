package org.blkdelta.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.blkdelta.disk.Disk;

/// The two ends of a file, which tell what it is.
///
/// @param head its first bytes, from its first on, [#HEAD] at most
/// @param tail its last bytes, up to its last; empty for a stream, whose end is not known
record Window(ByteBuffer head, ByteBuffer tail) {

  /// How much of the beginning is looked at: a descriptor may have comments in front.
  static final int HEAD = 64 << 10;

  private static final int TAIL = 4096;

  /// Reads both ends of a disk.
  static Window of(Disk disk) throws IOException {
    long size = disk.size();
    // whole pages: devices past the page cache are read in these
    long from = Math.max(0, size - 1) / TAIL * TAIL - (size >= 2 * TAIL ? TAIL : 0);
    return new Window(
        read(disk, 0, (int) Math.min(HEAD, size)), read(disk, from, (int) (size - from)));
  }

  /// Takes the first bytes of a stream.
  static Window of(byte[] head) {
    return new Window(ByteBuffer.wrap(head), ByteBuffer.allocate(0));
  }

  /// Returns whether the beginning has these characters, a byte each, at an offset.
  boolean startsWith(int offset, String bytes) {
    return has(head, offset, bytes);
  }

  /// Returns whether these characters, a byte each, begin so many bytes before the end.
  boolean endsWith(int distance, String bytes) {
    return has(tail, tail.limit() - distance, bytes);
  }

  /// Returns up to `length` of the first bytes, as characters of a byte each.
  String text(int length) {
    return StandardCharsets.ISO_8859_1
        .decode(head.slice(0, Math.min(length, head.limit())))
        .toString();
  }

  private static boolean has(ByteBuffer bytes, int offset, String wanted) {
    var pattern = wanted.getBytes(StandardCharsets.ISO_8859_1);
    return offset >= 0
        && bytes.limit() - offset >= pattern.length
        && bytes.slice(offset, pattern.length).equals(ByteBuffer.wrap(pattern));
  }

  private static ByteBuffer read(Disk disk, long offset, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    disk.read(bytes, offset);
    return bytes.flip();
  }
}
