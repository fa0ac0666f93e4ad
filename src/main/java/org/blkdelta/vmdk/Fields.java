package org.blkdelta.vmdk;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.Zeros;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// A block of little-endian fields, and where it was read, so that what is wrong can be named.
///
/// @param name what messages call the file
/// @param at where in the file it begins, in bytes
/// @param bytes its content, from index 0 on
record Fields(String name, long at, ByteBuffer bytes) {

  /// Bytes of a sector, in every format and on every disk.
  static final int SECTOR = 512;

  /// Reads a block that has to be inside the file.
  ///
  /// @param what the words for it in messages
  static Fields read(Disk file, long at, int length, String what) throws IOException {
    checkInside(file, at, length, what);
    var bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    readAll(file, List.of(new Disk.Read(bytes, at)), what);
    return new Fields(file.name(), at, bytes.flip());
  }

  /// Demands that a block is inside the file.
  ///
  /// @param what the words for it in messages
  static void checkInside(Disk file, long at, int length, String what) throws SourceException {
    if (at < 0 || length > file.size() || at > file.size() - length) {
      throw damaged(
          file.name(), at, "%s of %d bytes reaches beyond the end".formatted(what, length));
    }
  }

  /// Does reads that lie inside the file.
  ///
  /// @param what the words for them in messages
  static void readAll(Disk file, List<Disk.Read> reads, String what) throws IOException {
    try {
      file.readAll(reads);
    } catch (EOFException cut) {
      throw damaged(file.name(), reads.getFirst().offset(), what + " is cut off");
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  int u8(int offset) {
    return Byte.toUnsignedInt(bytes.get(offset));
  }

  long u32(int offset) {
    return Integer.toUnsignedLong(bytes.getInt(offset));
  }

  /// Returns 64 bits; a negative value stands for 2^63 or more, which nothing here can be.
  long u64(int offset) {
    return bytes.getLong(offset);
  }

  /// Returns the first fields of 32 bits each.
  int[] u32s(int count) {
    var values = new int[count];
    bytes.asIntBuffer().get(values);
    return values;
  }

  /// Demands what has to hold of a field.
  @FormatMethod
  void require(boolean holds, int offset, @FormatString String what, Object... values)
      throws SourceException {
    if (!holds) {
      throw damaged(offset, what.formatted(values));
    }
  }

  boolean isZero(int from, int to) {
    return Zeros.fill(bytes.slice(from, to - from));
  }

  SourceException damaged(int offset, String what) {
    return damaged(name, at + offset, what);
  }

  static SourceException damaged(String name, long at, String what) {
    return new SourceException(
        "%s: at byte %s: %s; the file is damaged, cut, or of an unknown make: copy it again"
            .formatted(name, Long.toUnsignedString(at), what));
  }
}
