package org.blkdelta.vmdk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// A stream that is read in sectors, and knows where it is.
final class SectorInput {

  private static final int PIECE = 64 << 10;

  private final InputStream in;
  private final String name;
  private byte[] joined = {};
  private long position;

  SectorInput(InputStream in, String name) {
    this.in = in;
    this.name = name;
  }

  String name() {
    return name;
  }

  /// Returns the sector that comes next.
  long sector() {
    return position / Fields.SECTOR;
  }

  Fields next(String what) throws IOException {
    return next(1, what);
  }

  /// Reads sectors that have to be there.
  Fields next(int sectors, String what) throws IOException {
    long at = position;
    var bytes = read(sectors * Fields.SECTOR);
    position += bytes.length;
    checkRead(bytes.length, sectors * Fields.SECTOR, what);
    return fields(at, bytes);
  }

  private void checkRead(int read, int wanted, String what) throws SourceException {
    if (read < wanted) {
      throw new SourceException(
          "%s: at byte %d: the stream is cut off inside %s; send it again"
              .formatted(name, position, what));
    }
  }

  /// Reads a sector, or nothing at the end of the stream.
  Optional<Fields> nextOrEnd() throws IOException {
    long at = position;
    var bytes = read(Fields.SECTOR);
    position += bytes.length;
    if (bytes.length > 0 && bytes.length < Fields.SECTOR) {
      throw cut();
    }
    return bytes.length == 0 ? Optional.empty() : Optional.of(fields(at, bytes));
  }

  /// Returns bytes that begin in a sector that was read, and go on in those after it. They are
  /// overwritten by the next ones.
  ///
  /// @param from where in the first sector they begin
  /// @param more how many sectors follow
  Fields joined(Fields first, int from, int length, int more) throws IOException {
    int begun = Fields.SECTOR - from;
    int rest = more * Fields.SECTOR;
    if (joined.length < begun + rest) {
      joined = new byte[begun + rest];
    }
    first.bytes().get(from, joined, 0, begun);
    int read = read(joined, begun, rest);
    position += read;
    checkRead(read, rest, "a compressed grain");
    var fields = fields(first.at() + from, joined);
    fields.bytes().limit(length);
    return fields;
  }

  void skip(long sectors, String what) throws IOException {
    for (long left = sectors; left > 0; ) {
      int some = (int) Math.min(left, PIECE / Fields.SECTOR);
      next(some, what);
      left -= some;
    }
  }

  /// Reads what is beyond the end: nothing but zeros, as some writers leave them.
  void skipRest(FileAccess access) throws IOException {
    boolean zeros = true;
    long start = position;
    for (var bytes = read(PIECE); bytes.length > 0; bytes = read(PIECE)) {
      zeros &= fields(position, bytes).isZero(0, bytes.length);
      position += bytes.length;
    }
    if (!zeros) {
      access
          .warnings()
          .accept("%s: at byte %d: something follows the end; left out".formatted(name, start));
    }
  }

  SourceException cut() {
    return new SourceException(
        "%s: at byte %d: the stream is cut off, or lost grains on its way; send it again"
            .formatted(name, position));
  }

  /// Reads so many bytes, or those that are left.
  private byte[] read(int length) throws IOException {
    var bytes = new byte[length];
    int read = read(bytes, 0, length);
    return read < length ? Arrays.copyOf(bytes, read) : bytes;
  }

  /// Reads so many bytes, or those that are left, and returns how many. What the stream comes out
  /// of, an archive or a compressed file, may be damaged itself, and its library says so by any
  /// exception.
  private int read(byte[] to, int offset, int length) throws IOException {
    try {
      return in.readNBytes(to, offset, length);
    } catch (SyncException told) {
      throw told;
    } catch (IOException | RuntimeException damaged) {
      throw new SourceException(
          "%s: at byte %d of the disk in it: cannot be read: %s; it is damaged or cut: send it again"
              .formatted(name, position, damaged.getMessage()),
          damaged);
    }
  }

  private Fields fields(long at, byte[] bytes) {
    return new Fields(name, at, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
  }
}
