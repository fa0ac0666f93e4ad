package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.NativeException;
import org.blkdelta.linux.NativeFile;
import org.jspecify.annotations.Nullable;

/// How one destination is made to read zeros: what does so already is left alone; the rest is
/// zeroed by the kernel's own means where they work and were seen to read back as zeros, those that
/// give back room first, else by writing zeros. It is not shared between threads.
final class Zeroing implements Closeable {

  /// Below this many bytes a written run is as cheap as a request to the device.
  private static final int WORTH_A_CALL = 64 << 10;

  /// Whole pages: both BLKZEROOUT and hole punching leave the edges of smaller units to us.
  private static final int UNIT = 4096;

  /// How much is looked at before it is zeroed, and zeroed at once.
  private static final long SPAN = 16L << 20;

  /// In the order in which they are tried.
  private enum Means {
    PUNCH_HOLE,
    ZERO_OUT,
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

  /// Returns what a file that is only read needs of it: to know its holes.
  static Zeroing unused(Path path) throws IOException {
    return DeviceNumber.isOnHost(path) && Files.isRegularFile(path)
        ? new Zeroing(NativeFile.forReading(path), null, Means.WRITE)
        : written();
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
      return new Zeroing(NativeFile.open(path, false), medium, Means.PUNCH_HOLE);
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
    return file != null && medium == null ? file.nextData(offset, end) : offset;
  }

  /// Returns where the first hole from `offset` on begins, `end` at the most.
  long nextHole(long offset, long end) throws IOException {
    return file != null && medium == null ? file.nextHole(offset, end) : end;
  }

  private void overwrite(WritableDisk disk, long offset, long length) throws IOException {
    if (length < WORTH_A_CALL || file == null) {
      Zeros.write(disk, offset, length);
      return;
    }
    long start = roundUp(offset);
    long end = (offset + length) / UNIT * UNIT;
    Zeros.write(disk, offset, start - offset);
    if (!byKernel(disk, file, start, end - start)) {
      Zeros.write(disk, start, end - start);
    }
    Zeros.write(disk, end, offset + length - end);
  }

  @Override
  public void close() throws IOException {
    try (file) {
      if (medium != null) {
        medium.close();
      }
    }
  }

  /// Tries one means after the other; those that don't work here are not tried again.
  private boolean byKernel(WritableDisk disk, NativeFile file, long offset, long length)
      throws IOException {
    while (means != Means.WRITE) {
      try {
        request(file, offset, length);
        if (isProven(disk, offset, length)) {
          return true;
        }
      } catch (NativeException unsupported) {
        if (unsupported.errno() == NativeFile.ENOSPC) {
          throw unsupported;
        }
        if (unsupported.errno() == NativeFile.EBUSY) {
          return false; // pages of the range are waiting to be written
        }
      }
      means = means == Means.PUNCH_HOLE && medium != null ? Means.ZERO_OUT : Means.WRITE;
      proven = false;
    }
    return false;
  }

  private void request(NativeFile file, long offset, long length) throws IOException {
    if (means == Means.ZERO_OUT) {
      file.zeroOut(offset, length);
    } else {
      file.punchHole(offset, length);
    }
  }

  /// Reads back what was zeroed: all of it where a device gave it back, else once.
  private boolean isProven(WritableDisk disk, long offset, long length) throws IOException {
    if (medium != null && means == Means.PUNCH_HOLE) {
      return Zeros.fill(medium, offset, length);
    }
    if (!proven) {
      proven = Zeros.fill(disk, offset, length);
    }
    return proven;
  }

  /// Looks before zeroing: at a device's medium, since its page cache may be older than that. What
  /// cannot be read is no reason to fail: it is to be written.
  private boolean isZero(Disk disk, long offset, long length) {
    try {
      return Zeros.fill(medium == null ? disk : medium, offset, length);
    } catch (IOException unreadable) {
      return false;
    }
  }

  private static long roundUp(long offset) {
    return (offset + UNIT - 1) / UNIT * UNIT;
  }
}
