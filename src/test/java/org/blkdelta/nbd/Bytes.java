package org.blkdelta.nbd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Big-endian numbers, one after the other.
final class Bytes {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Bytes u16(int number) {
    out.write(number >> 8);
    out.write(number);
    return this;
  }

  Bytes u32(int number) {
    return u16(number >> 16).u16(number);
  }

  Bytes i64(long number) {
    return u32((int) (number >> 32)).u32((int) number);
  }

  Bytes text(String text) {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  Bytes bytes(byte[] bytes, int from, int length) {
    out.write(bytes, from, length);
    return this;
  }

  Bytes chunk(int flags, int type, long cookie, int length) {
    return u32(0x668e33ef).u16(flags).u16(type).i64(cookie).u32(length);
  }

  Bytes bytes(Bytes more) {
    out.writeBytes(more.array());
    return this;
  }

  /// Puts a reply to an option.
  Bytes option(int option, int type, Bytes data) {
    return i64(0x0003e889045565a9L).u32(option).u32(type).u32(data.size()).bytes(data);
  }

  int size() {
    return out.size();
  }

  byte[] array() {
    return out.toByteArray();
  }
}
