package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;

/// The disk images that `qemu-nbd` opens for us, by their bytes.
@SuppressWarnings("ImmutableEnumChecker") // its lists are of List.of
public enum ImageKind {
  QCOW2("qcow2", "a qcow2 image", ".qcow2"),
  VHDX("vhdx", "a VHDX image", ".vhdx"),
  VHD("vpc", "a VHD image", ".vhd", ".vpc"),
  VDI("vdi", "a VDI image", ".vdi");

  private static final int FOOTER = 512;

  /// Where a footer says what kind of VHD it is.
  private static final int VHD_TYPE = 60;

  private final String format;
  private final String words;
  private final List<String> suffixes;

  ImageKind(String format, String words, String... suffixes) {
    this.format = format;
    this.words = words;
    this.suffixes = List.of(suffixes);
  }

  /// Returns whether a file is named as one.
  public boolean isNamedBy(Path file) {
    var name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return suffixes.stream().anyMatch(name::endsWith);
  }

  /// Returns the one that users and QEMU call so.
  ///
  /// @throws UsageException if there is none
  public static ImageKind named(String format) throws UsageException {
    for (var kind : values()) {
      if (kind.format.equals(format) || kind.name().toLowerCase(Locale.ROOT).equals(format)) {
        return kind;
      }
    }
    throw new UsageException(
        "--format=%s: is not known; give qcow2, vhdx, vhd, vdi or raw".formatted(format));
  }

  /// Returns what QEMU calls it.
  public String format() {
    return format;
  }

  /// Returns what people call it.
  public String words() {
    return words;
  }

  /// Returns what a file is, if it is one of them. A qcow image of version 1 is another format.
  static Optional<ImageKind> of(Disk file) throws IOException {
    if (has(file, 0, "QFI\u00fb") && !has(file, 4, "\0\0\0\1")) {
      return Optional.of(QCOW2);
    }
    if (has(file, 0, "vhdxfile")) {
      return Optional.of(VHDX);
    }
    if (has(file, 64, "\u007f\u0010\u00da\u00be")) {
      return Optional.of(VDI);
    }
    return footers(file).isEmpty() ? Optional.empty() : Optional.of(VHD);
  }

  /// Refuses a VHD that is a differencing disk (*Virtual Hard Disk Image Format Specification*,
  /// "Hard Disk Footer Format"). QEMU reads it as if there were no parent: as zeros that are not.
  static void checkAlone(Disk file, String name) throws IOException {
    for (long footer : footers(file)) {
      if (has(file, footer + VHD_TYPE, "\0\0\0\4")) {
        throw new SourceException(
            name
                + ": is a differencing VHD, and QEMU does not read its parent; merge it into that first");
      }
    }
  }

  /// Returns where a VHD has its footer and the copy of it. That of old programs is a byte shorter.
  private static List<Long> footers(Disk file) throws IOException {
    var found = new ArrayList<Long>();
    for (long at : new long[] {0, file.size() - FOOTER, file.size() - FOOTER + 1}) {
      if (has(file, at, "conectix")) {
        found.add(at);
      }
    }
    return found;
  }

  private static boolean has(Disk file, long offset, String magic) throws IOException {
    var wanted = ByteBuffer.wrap(magic.getBytes(StandardCharsets.ISO_8859_1));
    if (offset < 0 || offset + wanted.remaining() > file.size()) {
      return false;
    }
    var found = ByteBuffer.allocate(wanted.remaining());
    file.read(found, offset);
    return found.flip().equals(wanted);
  }
}
