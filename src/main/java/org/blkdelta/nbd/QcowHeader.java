package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// What the header of a qcow2 image says of the disk and of other files (QEMU's
/// docs/interop/qcow2.txt, "Header" and "Header extensions"). Whoever made the image wrote it: what
/// it names is not opened before it was looked at.
///
/// @param size of the disk, in bytes
/// @param backing the name of the file that it stands on
/// @param backingFormat what that is said to be; empty if it is not said
/// @param isDirty whether a program that wrote to it has not closed it, yet or ever
record QcowHeader(
    long size, Optional<String> backing, Optional<String> backingFormat, boolean isDirty) {

  private static final int HEAD = 64 << 10;
  private static final int VERSION = 4;
  private static final int BACKING_OFFSET = 8;
  private static final int BACKING_SIZE = 16;
  private static final int CLUSTER_BITS = 20;
  private static final int SIZE = 24;
  private static final int CRYPT_METHOD = 32;
  private static final int INCOMPATIBLE = 72;
  private static final int HEADER_LENGTH = 100;
  private static final int LENGTH_OF_VERSION_2 = 72;
  private static final int LENGTH_OF_VERSION_3 = 104;

  private static final int DIRTY = 1;
  private static final int CORRUPT = 1 << 1;
  private static final int DATA_FILE = 1 << 2;

  /// Dirty, corrupt, with a data file, with a kind of compression, with extended L2 entries.
  private static final long KNOWN = 31;

  private static final int BACKING_FORMAT = 0xe2792aca;
  private static final int MAX_NAME = 1023;

  /// Reads one.
  ///
  /// @param name what messages call the file
  /// @throws SourceException if it is damaged, or of a kind that is not read here
  static QcowHeader of(Disk file, String name) throws IOException {
    try {
      return checked(file, name);
    } catch (SourceException told) {
      throw new SourceException(told.getMessage() + "; to take its bytes as they are: --raw", told);
    }
  }

  /// Reads one of an image that is to be written, and says nothing of other ways to do that.
  static QcowHeader checked(Disk file, String name) throws IOException {
    var head = ByteBuffer.allocate((int) Math.min(HEAD, file.size()));
    file.read(head, 0);
    head.flip();
    require(head.limit() >= LENGTH_OF_VERSION_3, name, "is cut");
    int version = head.getInt(VERSION);
    require(version == 2 || version == 3, name, "has version " + version);
    int clusterBits = head.getInt(CLUSTER_BITS);
    require(clusterBits >= 9 && clusterBits <= 21, name, "is damaged (its clusters' size)");
    long size = head.getLong(SIZE);
    require(size >= 0, name, "is damaged (its size)");
    if (head.getInt(CRYPT_METHOD) != 0) {
      throw refused(
          name, "is encrypted; serve it yourself, with its key: qemu-nbd --object secret,…");
    }
    if (version == 3) {
      checkFeatures(head.getLong(INCOMPATIBLE), name);
    }
    int length = version == 2 ? LENGTH_OF_VERSION_2 : head.getInt(HEADER_LENGTH);
    int cluster = Math.min(head.limit(), 1 << clusterBits);
    require(length >= LENGTH_OF_VERSION_2 && length <= cluster, name, "is damaged (its header)");
    boolean isDirty = version == 3 && (head.getLong(INCOMPATIBLE) & DIRTY) != 0;
    return new QcowHeader(
        size, backing(head, cluster, name), format(head, length, cluster, name), isDirty);
  }

  private static void checkFeatures(long features, String name) throws SourceException {
    if ((features & CORRUPT) != 0) {
      throw refused(name, "is marked as corrupt; see what is wrong: qemu-img check -f qcow2 FILE");
    }
    if ((features & DATA_FILE) != 0) {
      throw refused(
          name,
          "has its data in another file, which it names; serve it yourself if you trust it: qemu-nbd --read-only --format=qcow2");
    }
    require((features & ~KNOWN) == 0, name, "has features that are not known here");
  }

  private static Optional<String> backing(ByteBuffer head, int cluster, String name)
      throws SourceException {
    long offset = head.getLong(BACKING_OFFSET);
    int size = head.getInt(BACKING_SIZE);
    if (offset == 0) {
      return Optional.empty();
    }
    boolean isInside = size > 0 && size <= MAX_NAME && offset > 0 && offset <= cluster - size;
    require(isInside, name, "is damaged (its backing file's name)");
    return Optional.of(text(head, (int) offset, size));
  }

  private static Optional<String> format(ByteBuffer head, int start, int cluster, String name)
      throws SourceException {
    for (int at = start; at + 2 * Integer.BYTES <= cluster; ) {
      int type = head.getInt(at);
      int length = head.getInt(at + Integer.BYTES);
      at += 2 * Integer.BYTES;
      if (type == 0) {
        return Optional.empty();
      }
      require(length >= 0 && length <= cluster - at, name, "is damaged (a header extension)");
      if (type == BACKING_FORMAT) {
        return Optional.of(text(head, at, length));
      }
      at += (length + 7) & ~7;
    }
    return Optional.empty();
  }

  private static String text(ByteBuffer head, int offset, int length) {
    return StandardCharsets.UTF_8.decode(head.slice(offset, length)).toString();
  }

  private static void require(boolean isTrue, String name, String what) throws SourceException {
    if (!isTrue) {
      throw refused(name, what + ", so it cannot be read; see: qemu-img check -f qcow2 FILE");
    }
  }

  private static SourceException refused(String name, String what) {
    return new SourceException("%s: is a qcow2 image that %s".formatted(name, what));
  }
}
