package org.blkdelta.vmdk;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Changes of a good file, as bytes that a fuzzer can play with: each has three bytes for the
/// place, one for what is done there, four for a value. So a fuzzer need not learn the format
/// first.
final class Patches {

  private static final int LENGTH = 8;
  private static final int CUT = 0;
  private static final int LONG_ONES = 1;

  private Patches() {}

  /// Returns the file with the changes made; what is left after the last whole one is nothing.
  static byte[] applied(byte[] good, byte[] patches) {
    var bytes = good.clone();
    var all = ByteBuffer.wrap(patches).order(ByteOrder.LITTLE_ENDIAN);
    while (all.remaining() >= LENGTH && bytes.length >= Long.BYTES) {
      int head = all.getInt();
      int value = all.getInt();
      int at = (head & 0xffffff) % (bytes.length - Integer.BYTES);
      switch (head >>> 24) {
        case CUT -> bytes = Arrays.copyOf(bytes, at);
        case LONG_ONES -> ByteBuffer.wrap(bytes).putInt(at, -1);
        default -> ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
      }
    }
    return bytes;
  }

  /// Returns the changes that make a file from a good one, or that make it so far as it is as long.
  static byte[] between(byte[] good, byte[] other) {
    var patches = new ByteArrayOutputStream();
    int end = Math.min(good.length, other.length) & -Integer.BYTES;
    for (int at = 0; at < end; at += Integer.BYTES) {
      if (!Arrays.equals(good, at, at + Integer.BYTES, other, at, at + Integer.BYTES)) {
        put(patches, 2, at, other, at);
      }
    }
    if (other.length < good.length - Integer.BYTES) {
      put(patches, CUT, other.length, new byte[Integer.BYTES], 0);
    }
    return patches.toByteArray();
  }

  private static void put(ByteArrayOutputStream patches, int what, int at, byte[] from, int index) {
    var head = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    patches.writeBytes(head.putInt(what << 24 | at).array());
    patches.write(from, index, Integer.BYTES);
  }
}
