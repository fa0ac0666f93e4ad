package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.NativeException;
import org.blkdelta.linux.NativeFile;
import org.jspecify.annotations.Nullable;

/// How one destination is made to read zeros: what does so already is left alone; the rest is
/// zeroed by the kernel's own means where they work and were seen to read back as zeros, else by
/// writing zeros. It is not shared between threads.
final class Zeroing implements Closeable {

  /// Below this many bytes a written run is as cheap as a request to the device.
  private static final int WORTH_A_CALL = 64 << 10;

  /// Whole pages: both BLKZEROOUT and hole punching leave the edges of smaller units to us.
  private static final int UNIT = 4096;

  private static final int PIECE = 1 << 20;

  /// How much is looked at before it is zeroed, and how much of the first run afterwards.
  private static final long SPAN = 16L << 20;

  private enum Means {
    ZERO_OUT,
    PUNCH_HOLE,
    WRITE
  }

  private final @Nullable NativeFile file;
  private final @Nullable Disk medium;
  private Means means;
  private boolean proven;

  private Zeroing(@Nullable NativeFile file, @Nullable Disk medium, Means means) {
    this.file = file;
    this.medium = medium;
    this.means = means;
  }

  /// Returns the means that a file system without system calls has.
  static Zeroing written() {
    return new Zeroing(null, null, Means.WRITE);
  }

  /// Returns the means that fit the kind of file at `path`.
  static Zeroing of(Path path) throws IOException {
    if (!DeviceNumber.isOnHost(path)) {
      return written();
    }
    if (Files.isRegularFile(path)) {
      return new Zeroing(NativeFile.open(path, false), null, Means.PUNCH_HOLE);
    }
    var medium = DirectDisk.open(path);
    try {
      return new Zeroing(NativeFile.open(path, false), medium, Means.ZERO_OUT);
    } catch (IOException | RuntimeException fault) {
      medium.close();
      throw fault;
    }
  }

  /// Zeroes a range that is known to lie inside `disk`, as far as it does not read as zeros: in
  /// spans, which are left alone or overwritten as a whole.
  void zero(WritableDisk disk, long offset, long length) throws IOException {
    long end = offset + length;
    for (long at = nextData(offset, end); at < end; ) {
      long span = Math.min(SPAN, end - at);
      if (!isZero(disk, at, span)) {
        overwrite(disk, at, span);
      }
      at = nextData(at + span, end);
    }
  }

  /// Returns the first byte from `offset` on that is in no hole, `end` at the most.
  long nextData(long offset, long end) throws IOException {
    return means == Means.PUNCH_HOLE && file != null ? file.nextData(offset, end) : offset;
  }

  private void overwrite(WritableDisk disk, long offset, long length) throws IOException {
    if (means == Means.WRITE || length < WORTH_A_CALL || file == null) {
      write(disk, offset, length);
      return;
    }
    long start = roundUp(offset);
    long end = (offset + length) / UNIT * UNIT;
    write(disk, offset, start - offset);
    if (!byKernel(disk, file, start, end - start)) {
      means = Means.WRITE;
      write(disk, start, end - start);
    }
    write(disk, end, offset + length - end);
  }

  @Override
  public void close() throws IOException {
    try (file) {
      if (medium != null) {
        medium.close();
      }
    }
  }

  private boolean byKernel(WritableDisk disk, NativeFile file, long offset, long length)
      throws IOException {
    try {
      if (means == Means.ZERO_OUT) {
        file.zeroOut(offset, length);
      } else {
        file.punchHole(offset, length);
      }
    } catch (NativeException unsupported) {
      if (unsupported.errno() == NativeFile.ENOSPC) {
        throw unsupported;
      }
      return false;
    }
    if (!proven) {
      proven = readsZero(disk, offset, length);
    }
    return proven;
  }

  /// Looks before zeroing: at a device's medium, since its page cache may be older than that. What
  /// cannot be read is no reason to fail: it is to be written.
  private boolean isZero(Disk disk, long offset, long length) {
    try {
      return readsZero(medium == null ? disk : medium, offset, length);
    } catch (IOException unreadable) {
      return false;
    }
  }

  private static boolean readsZero(Disk disk, long offset, long length) throws IOException {
    var piece = ByteBuffer.allocate((int) Math.min(PIECE, length));
    for (long at = 0; at < Math.min(length, SPAN); at += PIECE) {
      piece.clear().limit((int) Math.min(PIECE, length - at));
      disk.read(piece, offset + at);
      if (!Zeros.fill(piece.flip())) {
        return false;
      }
    }
    return true;
  }

  private static void write(WritableDisk disk, long offset, long length) throws IOException {
    if (length == 0) {
      return;
    }
    var zeros = ByteBuffer.allocate((int) Math.min(PIECE, length));
    for (long at = 0; at < length; at += PIECE) {
      disk.write(zeros.clear().limit((int) Math.min(PIECE, length - at)), offset + at);
    }
  }

  private static long roundUp(long offset) {
    return (offset + UNIT - 1) / UNIT * UNIT;
  }
}
