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

  private static boolean isDescriptor(Window window, Charset charset) {
    var text = charset.decode(window.head().duplicate()).toString();
    return FileKind.isDescriptor(text.startsWith("\ufeff") ? text.substring(1) : text);
  }
}
