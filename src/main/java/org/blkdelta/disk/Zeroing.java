package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How one destination is made to read zeros: by the kernel's own means where they work and were
/// seen to read back as zeros, else by writing zeros. It is not shared between threads.
final class Zeroing implements Closeable {

  /// Below this many bytes a written run is as cheap as a request to the device.
  private static final int WORTH_A_CALL = 64 << 10;

  /// Whole pages: both BLKZEROOUT and hole punching leave the edges of smaller units to us.
  private static final int UNIT = 4096;

  private static final int PIECE = 1 << 20;

  /// How much of the first zeroed run is read back.
  private static final long PROOF = 16L << 20;

  private enum Means {
    ZERO_OUT,
    PUNCH_HOLE,
    WRITE
  }

  private final @Nullable NativeFile file;
  private Means means;
  private boolean proven;

  private Zeroing(@Nullable NativeFile file, Means means) {
    this.file = file;
    this.means = means;
  }

  /// Returns the means that a file system without system calls has.
  static Zeroing written() {
    return new Zeroing(null, Means.WRITE);
  }

  /// Returns the means that fit the kind of file at `path`.
  static Zeroing of(Path path) throws IOException {
    if (!DeviceNumber.isOnHost(path)) {
      return written();
    }
    var means = Files.isRegularFile(path) ? Means.PUNCH_HOLE : Means.ZERO_OUT;
    return new Zeroing(NativeFile.open(path, false), means);
  }

  /// Zeroes a range that is known to lie inside `disk`.
  void zero(WritableDisk disk, long offset, long length) throws IOException {
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
    if (file != null) {
      file.close();
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

  private static boolean readsZero(WritableDisk disk, long offset, long length) throws IOException {
    var piece = ByteBuffer.allocate(PIECE);
    for (long at = 0; at < Math.min(length, PROOF); at += PIECE) {
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
