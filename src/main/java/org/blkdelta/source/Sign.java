package org.blkdelta.source;

import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.blkdelta.vmdk.FileKind;
import org.blkdelta.vmdk.TarHeader;
import org.blkdelta.wire.FrameSource;

/// Something that tells a format from all others.
@FunctionalInterface
interface Sign {

  /// How far into a file a web page or a script may say what it is.
  int TEXT = 512;

  /// Bytes of the header of a .lzma file.
  int LZMA_HEADER = 13;

  /// The parameters that programs use: lc=3, lp=0, pb=2.
  byte LZMA_USUAL = 0x5d;

  /// Sizes from here on are not believed, as xz does it: 256 GiB.
  long LZMA_MAX = 1L << 38;

  /// Returns whether a file has it.
  boolean isIn(Window window);

  /// Returns the sign that a file begins with these characters, a byte each.
  static Sign first(String bytes) {
    return at(0, bytes);
  }

  /// Returns the sign that these characters, a byte each, are at an offset.
  static Sign at(int offset, String bytes) {
    return window -> window.startsWith(offset, bytes);
  }

  /// Returns the sign that these characters, a byte each, begin so many bytes before the end.
  static Sign beforeEnd(int distance, String bytes) {
    return window -> window.endsWith(distance, bytes);
  }

  /// Returns the sign that the first word of a text is one of these, in any case.
  static Sign text(String... words) {
    return window -> {
      var text = window.text(TEXT);
      var start = (text.startsWith("\u00ef\u00bb\u00bf") ? text.substring(3) : text).stripLeading();
      for (var word : words) {
        if (start.toLowerCase(Locale.ROOT).startsWith(word)) {
          return true;
        }
      }
      return false;
    };
  }

  /// Returns whether a file begins like a change stream of any format that is read.
  static boolean changeStream(Window window) {
    var head = new byte[Math.min(FrameSource.HEAD, window.head().limit())];
    window.head().get(0, head);
    return FrameSource.isOne(head);
  }

  /// Returns whether a file is one of a VMware disk.
  static boolean vmdk(Window window) {
    return FileKind.of(window.head().duplicate().order(ByteOrder.LITTLE_ENDIAN)) != FileKind.RAW;
  }

  /// Returns whether a file is a descriptor of a VMware disk that was saved as UTF-16.
  static boolean wideDescriptor(Window window) {
    return isDescriptor(window, StandardCharsets.UTF_16LE)
        || isDescriptor(window, StandardCharsets.UTF_16BE);
  }

  /// Returns whether a file begins with the header of a tar archive.
  static boolean tar(Window window) {
    return TarHeader.isOne(window.head().duplicate());
  }

  /// Returns whether a file is a compressed loop device's: a script that mounts itself.
  static boolean cloop(Window window) {
    var text = window.text(TEXT);
    return text.startsWith("#!/bin/sh\n#V") && text.contains("cloop");
  }

  /// Returns whether a file is one of the old lzma program, which has no magic: its header is usual
  /// parameters, a dictionary size that xz would make, and a plausible size, or none; the first
  /// byte of the compressed data is zero. See lzma-file-format.txt of XZ Utils.
  static boolean lzma(Window window) {
    var head = window.head().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (head.limit() < LZMA_HEADER + 1 || head.get(0) != LZMA_USUAL || head.get(LZMA_HEADER) != 0) {
      return false;
    }
    long dictionary = Integer.toUnsignedLong(head.getInt(1));
    long size = head.getLong(5);
    boolean isPower = Long.bitCount(dictionary) == 1;
    boolean isBetween = Long.bitCount(dictionary) == 2 && (dictionary & (dictionary >> 1)) != 0;
    return (isPower || isBetween)
        && dictionary >= 4096
        && (size == -1 || (size > 0 && size < LZMA_MAX));
  }

  private static boolean isDescriptor(Window window, Charset charset) {
    var text = charset.decode(window.head().duplicate()).toString();
    return FileKind.isDescriptor(text.startsWith("\ufeff") ? text.substring(1) : text);
  }
}
