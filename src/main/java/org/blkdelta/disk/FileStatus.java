package org.blkdelta.disk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// What the kernel says of a file: struct statx of statx(2), whose numbers are those of Linux's
/// generic ABI.
final class FileStatus {

  private static final int BYTES = 256;
  private static final int TYPE = 0x1;
  private static final int INO = 0x100;
  private static final int BTIME = 0x800;

  private static final int TYPE_MASK = 0170000;
  private static final int BLOCK_DEVICE = 0060000;

  private static final int MODE_AT = 28;
  private static final int INODE_AT = 32;
  private static final int BIRTH_AT = 80;
  private static final int RDEV_AT = 128;
  private static final int DEVICE_AT = 136;

  private final ByteBuffer answer;

  private FileStatus(byte[] answer) {
    this.answer = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
  }

  /// Returns the status of an open file, or empty if it has none.
  static Optional<FileStatus> of(NativeFile file) {
    var answer = new byte[BYTES];
    return file.statx(TYPE | INO | BTIME, answer)
        ? Optional.of(new FileStatus(answer))
        : Optional.empty();
  }

  /// Returns the status of what a path leads to, or empty if it leads nowhere. It is asked of this
  /// host alone: a server that is gone is not waited for.
  static Optional<FileStatus> of(Path path) {
    var answer = new byte[BYTES];
    return NativeFile.statx(path, TYPE | INO, answer)
        ? Optional.of(new FileStatus(answer))
        : Optional.empty();
  }

  /// Returns the number of the block device that the file is, if it is one.
  Optional<DeviceNumber> blockDevice() {
    return (answer.getShort(MODE_AT) & TYPE_MASK) == BLOCK_DEVICE
        ? Optional.of(number(RDEV_AT))
        : Optional.empty();
  }

  /// Returns the number of the device that the file's file system is on.
  DeviceNumber fileSystem() {
    return number(DEVICE_AT);
  }

  /// Returns the inode's number, unsigned.
  long inode() {
    return answer.getLong(INODE_AT);
  }

  /// Returns when the inode was made, if its file system knows.
  Optional<Instant> birth() {
    boolean isKnown = (answer.getInt(0) & BTIME) != 0;
    return isKnown
        ? Optional.of(
            Instant.ofEpochSecond(answer.getLong(BIRTH_AT), answer.getInt(BIRTH_AT + Long.BYTES)))
        : Optional.empty();
  }

  private DeviceNumber number(int at) {
    return new DeviceNumber(answer.getInt(at), answer.getInt(at + Integer.BYTES));
  }
}
