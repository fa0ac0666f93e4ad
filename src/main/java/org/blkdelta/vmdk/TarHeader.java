package org.blkdelta.vmdk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/// The header of a member of a tar archive, of any of its dialects: POSIX.1-1988 (ustar), pax, GNU,
/// and V7, which has no magic and is known by the checksum alone.
///
/// @param name as the header has it; longer ones are in a member before it
/// @param size bytes of the content
/// @param type what kind of member it is
public record TarHeader(String name, long size, char type) {

  /// Bytes of a header, and of the units that contents are padded to.
  static final int SIZE = 512;

  private static final int NAME_LENGTH = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_LENGTH = 12;
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_LENGTH = 8;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX_LENGTH = 155;
  private static final String POSIX = "ustar\0";

  /// Returns whether a file or stream begins with such a header.
  ///
  /// @param head its first bytes
  public static boolean isOne(ByteBuffer head) {
    return head.limit() >= SIZE && isChecksumRight(head);
  }

  /// Returns whether the header is one that only pads the archive, at its end.
  static boolean isZero(ByteBuffer block) {
    for (int at = 0; at < SIZE; at++) {
      if (block.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /// Returns what a header says; the checksum was right.
  ///
  /// @return empty size where the number is none, or is negative
  static TarHeader of(ByteBuffer block, long size) {
    var name = text(block, 0, NAME_LENGTH);
    boolean posix = latin1(block, MAGIC_AT, POSIX.length()).equals(POSIX);
    var prefix = posix ? text(block, PREFIX_AT, PREFIX_LENGTH) : "";
    var whole = prefix.isEmpty() ? name : prefix + "/" + name;
    return new TarHeader(whole, size, (char) (block.get(TYPE_AT) & 0xff));
  }

  /// Returns the size of a member's content; empty when it is not a number of bytes.
  static OptionalLong size(ByteBuffer block) {
    return number(block, SIZE_AT, SIZE_LENGTH);
  }

  /// Returns whether a header's bytes add up to what it says, as signed ones or as unsigned: old
  /// writers did either.
  static boolean isChecksumRight(ByteBuffer block) {
    var told = number(block, CHECKSUM_AT, CHECKSUM_LENGTH);
    long unsigned = 0;
    long signed = 0;
    for (int at = 0; at < SIZE; at++) {
      boolean isChecksum = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_LENGTH;
      int value = isChecksum ? ' ' : block.get(at);
      signed += value;
      unsigned += value & 0xff;
    }
    return told.isPresent() && (told.getAsLong() == unsigned || told.getAsLong() == signed);
  }

  /// Reads octal digits, with blanks around them, or the binary form that GNU has for large ones.
  private static OptionalLong number(ByteBuffer block, int at, int length) {
    if ((block.get(at) & 0x80) != 0) {
      return binary(block, at, length);
    }
    var digits = latin1(block, at, length).replace('\0', ' ').strip();
    if (digits.isEmpty() || !digits.chars().allMatch(digit -> digit >= '0' && digit <= '7')) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(digits, 8)); // 12 digits have 36 bits
  }

  private static OptionalLong binary(ByteBuffer block, int at, int length) {
    for (int i = 0; i < length - Long.BYTES; i++) {
      if ((block.get(at + i) & (i == 0 ? 0x7f : 0xff)) != 0) {
        return OptionalLong.empty(); // negative, or more than 64 bits
      }
    }
    long value = 0;
    for (int i = length - Long.BYTES; i < length; i++) {
      value = (value << 8) | (block.get(at + i) & 0xff);
    }
    return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /// Returns a field of text, up to its first NUL.
  private static String text(ByteBuffer block, int at, int length) {
    var bytes = new byte[length];
    block.get(at, bytes);
    return untilNul(bytes);
  }

  /// Decodes text up to its first NUL.
  static String untilNul(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  private static String latin1(ByteBuffer block, int at, int length) {
    var bytes = new byte[length];
    block.get(at, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
