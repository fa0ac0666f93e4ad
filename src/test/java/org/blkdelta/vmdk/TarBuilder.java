package org.blkdelta.vmdk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// Makes tar archives, damaged ones too: what a header says need not be what follows.
public final class TarBuilder {

  private static final int BLOCK = 512;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /// Adds a plain file.
  public TarBuilder file(String name, byte[] content) {
    return member('0', name, content.length, content);
  }

  /// Adds a member whose header has a size of its own.
  public TarBuilder member(char type, String name, long size, byte[] content) {
    return header(type, name, octal(size), "ustar\00000").content(content);
  }

  /// Adds a header.
  ///
  /// @param size the field's 12 bytes
  /// @param magic with version
  public TarBuilder header(char type, String name, byte[] size, String magic) {
    var block = new byte[BLOCK];
    put(block, 0, name.getBytes(UTF_8));
    put(block, 100, "0000644\0".getBytes(ISO_8859_1));
    put(block, 124, size);
    block[156] = (byte) type;
    put(block, 257, magic.getBytes(ISO_8859_1));
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte one : block) {
      sum += one & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum).getBytes(ISO_8859_1));
    bytes.writeBytes(block);
    return this;
  }

  /// Adds bytes, padded to a whole block.
  public TarBuilder content(byte[] content) {
    bytes.writeBytes(content);
    bytes.writeBytes(new byte[-content.length & BLOCK - 1]);
    return this;
  }

  /// Adds a pax header with one record.
  public TarBuilder pax(String key, String value) {
    int length = 3 + key.length() + value.getBytes(UTF_8).length;
    int whole = length;
    while (length + Integer.toString(whole).length() != whole) {
      whole = length + Integer.toString(whole).length();
    }
    var record = "%d %s=%s\n".formatted(whole, key, value).getBytes(UTF_8);
    return member('x', "PaxHeaders/x", record.length, record);
  }

  /// Returns the archive with its end mark.
  public byte[] build() {
    bytes.writeBytes(new byte[2 * BLOCK]);
    return bytes.toByteArray();
  }

  /// Returns what there is.
  public byte[] cut() {
    return bytes.toByteArray();
  }

  static byte[] octal(long size) {
    return "%011o\0".formatted(size).getBytes(ISO_8859_1);
  }

  private static void put(byte[] block, int at, byte[] field) {
    System.arraycopy(field, 0, block, at, field.length);
  }
}
