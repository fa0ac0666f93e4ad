package org.blkdelta.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Damages bytes as disks, cables, editors and enemies do.
final class Mutator {

  private static final long[] NUMBERS = {
    0,
    1,
    2,
    3,
    7,
    127,
    128,
    255,
    256,
    511,
    512,
    4095,
    4096,
    65_535,
    65_536,
    1L << 21,
    1L << 31,
    (1L << 32) - 1,
    1L << 32,
    1L << 40,
    1L << 52,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2,
    -512
  };
  private static final String[] WORDS = {
    "\0",
    "\n",
    "\r\n",
    "\"",
    "=",
    "{",
    "}",
    "[",
    "null",
    "1e999",
    "-1",
    "99999999999999999999",
    "../",
    "/dev/zero",
    "\u202e",
    "\ufeff",
    "UTF-16",
    "Big5",
    "x-none",
    "ffffffff",
    "fffffffe",
    "\ud800",
    "RW",
    "SPARSE",
    " ",
    "\t"
  };
  private static final int MAX_BYTES = 64 << 20;

  private final RandomGenerator random;

  Mutator(RandomGenerator random) {
    this.random = random;
  }

  /// Returns a copy with one to four changes.
  byte[] damaged(byte[] good) {
    var bytes = good;
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      bytes = changed(bytes);
    }
    return bytes;
  }

  private byte[] changed(byte[] from) {
    if (from.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    var bytes = from.clone();
    int at = place(bytes);
    switch (random.nextInt(10)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt();
      case 2, 3 -> number(bytes, at);
      case 4 -> nudge(bytes, at);
      case 5 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 6 -> Arrays.fill(bytes, at, end(bytes, at), (byte) (random.nextBoolean() ? 0 : 0xff));
      case 7 -> {
        int other = place(bytes);
        int length = Math.min(end(bytes, at) - at, bytes.length - other);
        System.arraycopy(from, at, bytes, other, length);
      }
      case 8 -> {
        return spliced(
            bytes,
            at,
            WORDS[random.nextInt(WORDS.length)].getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
      default -> {
        return spliced(bytes, at, Arrays.copyOfRange(bytes, at, end(bytes, at)));
      }
    }
    return bytes;
  }

  /// Returns a place: fields of headers and entries are at multiples, and mostly early.
  private int place(byte[] bytes) {
    int limit = random.nextInt(3) == 0 ? Math.min(bytes.length, 1024) : bytes.length;
    int at = random.nextInt(limit);
    return random.nextBoolean() ? at : at & -4;
  }

  private int end(byte[] bytes, int at) {
    int[] lengths = {1, 4, 8, 16, 512, 4096};
    return Math.min(bytes.length, at + lengths[random.nextInt(lengths.length)]);
  }

  private void number(byte[] bytes, int at) {
    var order = random.nextInt(4) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    var buffer = ByteBuffer.wrap(bytes).order(order);
    long value = NUMBERS[random.nextInt(NUMBERS.length)];
    if (random.nextBoolean() && at + Long.BYTES <= bytes.length) {
      buffer.putLong(at, value);
    } else if (at + Integer.BYTES <= bytes.length) {
      buffer.putInt(at, (int) value);
    } else {
      bytes[at] = (byte) value;
    }
  }

  /// Makes a number of 32 bits a little larger or smaller.
  private void nudge(byte[] bytes, int at) {
    if (at + Integer.BYTES <= bytes.length) {
      var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      buffer.putInt(at, buffer.getInt(at) + random.nextInt(-16, 17));
    } else {
      bytes[at]++;
    }
  }

  private static byte[] spliced(byte[] bytes, int at, byte[] inserted) {
    if (bytes.length + inserted.length > MAX_BYTES) {
      return bytes;
    }
    var longer = new byte[bytes.length + inserted.length];
    System.arraycopy(bytes, 0, longer, 0, at);
    System.arraycopy(inserted, 0, longer, at, inserted.length);
    System.arraycopy(bytes, at, longer, at + inserted.length, bytes.length - at);
    return longer;
  }
}
