package org.blkdelta.vmdk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.blkdelta.failure.SourceException;

/// A tar archive that is read front to back. Memory is bounded, whatever its headers say: only
/// names and the attributes of pax are kept, and these have a limit each.
final class TarInput {

  /// A member.
  ///
  /// @param name without a leading `./`
  /// @param size bytes of its content
  /// @param isFile whether it is a plain file
  record Member(String name, long size, boolean isFile) {}

  private static final int MAX_MEMBERS = 10_000;
  private static final int MAX_NAME = 64 << 10;
  private static final int MAX_ATTRIBUTES = 1 << 20;
  private static final int PIECE = 64 << 10;
  private static final String ADVICE = "copy it again";

  private static final char GNU_LONG_NAME = 'L';
  private static final char GNU_LONG_LINK = 'K';
  private static final char PAX = 'x';
  private static final char OLD_PAX = 'X';
  private static final char PAX_GLOBAL = 'g';

  private final InputStream in;
  private final String name;
  private long position;
  private long left;
  private int padding;
  private int members;

  /// Creates one.
  ///
  /// @param in the archive, which the caller closes
  /// @param name what messages call it
  TarInput(InputStream in, String name) {
    this.in = in;
    this.name = name;
  }

  /// Goes on to the next member; empty after the last.
  ///
  /// @throws SourceException when the archive is cut or damaged
  Optional<Member> next() throws IOException {
    var longName = "";
    var attributes = new PaxAttributes();
    while (true) {
      var header = header();
      if (header.isEmpty()) {
        return Optional.empty();
      }
      var found = header.get();
      switch (found.type()) {
        case GNU_LONG_NAME -> longName = TarHeader.untilNul(bytes(MAX_NAME, "a name"));
        case PAX, OLD_PAX -> attributes.read(bytes(MAX_ATTRIBUTES, "attributes"), this::damaged);
        case GNU_LONG_LINK, PAX_GLOBAL -> skipContent();
        default -> {
          left = attributes.size().orElse(left);
          padding = padding(left);
          var full = attributes.path().orElse(longName.isEmpty() ? found.name() : longName);
          return Optional.of(new Member(plain(full), left, isFile(found.type())));
        }
      }
    }
  }

  /// Returns the content of the member that was found last, to be read before the next is.
  InputStream content() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] to, int offset, int length) throws IOException {
        return readContent(to, offset, length);
      }
    };
  }

  /// Returns the whole content of the member that was found last, which has to be short.
  ///
  /// @param most bytes that it may have
  byte[] bytes(int most, String what) throws IOException {
    if (left > most) {
      throw new SourceException(
          "%s: at byte %d: %s of %d bytes, and %d are the most; refused"
              .formatted(name, position, what, left, most));
    }
    var bytes = new byte[(int) left];
    for (int at = 0; at < bytes.length; ) {
      at += readContent(bytes, at, bytes.length - at);
    }
    skipContent();
    return bytes;
  }

  private int readContent(byte[] to, int offset, int length) throws IOException {
    if (left == 0 || length == 0) {
      return left == 0 ? -1 : 0;
    }
    int count = in.read(to, offset, (int) Math.min(length, left));
    if (count < 0) {
      throw cut();
    }
    position += count;
    left -= count;
    return count;
  }

  private Optional<TarHeader> header() throws IOException {
    skipContent();
    var block = new byte[TarHeader.SIZE];
    int count = in.readNBytes(block, 0, block.length);
    position += count;
    if (count < block.length) {
      throw cut();
    }
    var header = ByteBuffer.wrap(block);
    if (TarHeader.isZero(header)) {
      return Optional.empty();
    }
    if (!TarHeader.isChecksumRight(header)) {
      throw damaged("no header of a member where one must be");
    }
    if (++members > MAX_MEMBERS) {
      throw damaged("more than %d members".formatted(MAX_MEMBERS));
    }
    var size = TarHeader.size(header);
    if (size.isEmpty()) {
      throw damaged("a member whose size is not a number of bytes");
    }
    left = size.getAsLong();
    padding = padding(left);
    return Optional.of(TarHeader.of(header, left));
  }

  /// Skips what is left of a content and its padding. The last byte is read: a skip beyond the end
  /// of a file may succeed.
  private void skipContent() throws IOException {
    left += padding;
    padding = 0;
    for (long skipped = 1; skipped > 0 && left > 1; left -= skipped, position += skipped) {
      skipped = in.skip(left - 1);
    }
    var piece = new byte[(int) Math.min(left, PIECE)];
    while (left > 0) {
      readContent(piece, 0, piece.length);
    }
  }

  private static int padding(long size) {
    return (int) (-size & (TarHeader.SIZE - 1));
  }

  private static boolean isFile(char type) {
    return type == '0' || type == '\0' || type == '7';
  }

  private static String plain(String path) {
    return path.startsWith("./") ? path.substring(2) : path;
  }

  private SourceException cut() {
    return new SourceException(
        "%s: at byte %d: the archive is cut off; %s".formatted(name, position, ADVICE));
  }

  private SourceException damaged(String what) {
    return new SourceException(
        "%s: at byte %d: %s: the archive is damaged; %s".formatted(name, position, what, ADVICE));
  }
}
