package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A block device's number, by which the kernel tells devices apart whatever their paths.
public record DeviceNumber(int major, int minor) {

  private static final int TYPE_MASK = 0170000;
  private static final int BLOCK_DEVICE = 0060000;

  /// Returns the number of the block device at `path` (links are followed), or empty if it is
  /// another kind of file.
  public static Optional<DeviceNumber> of(Path path) throws IOException {
    if (!isOnHost(path)) {
      return Optional.empty();
    }
    int mode = (int) Files.getAttribute(path, "unix:mode");
    if ((mode & TYPE_MASK) != BLOCK_DEVICE) {
      return Optional.empty();
    }
    return Optional.of(decode((long) Files.getAttribute(path, "unix:rdev")));
  }

  /// Returns the number in the form `MAJOR:MINOR`, as in sysfs and device-mapper tables.
  public static DeviceNumber parse(String text) {
    int colon = text.indexOf(':');
    return new DeviceNumber(
        Integer.parseInt(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
  }

  @Override
  public String toString() {
    return major + ":" + minor;
  }

  /// Returns whether a path belongs to the host's own file system, where system calls see it too.
  public static boolean isOnHost(Path path) {
    return path.getFileSystem() == FileSystems.getDefault();
  }

  /// Splits a dev_t as glibc's gnu_dev_major and gnu_dev_minor do.
  static DeviceNumber decode(long device) {
    long major = (device >>> 8 & 0xfff) | (device >>> 32 & 0xfffff000L);
    long minor = (device & 0xff) | (device >>> 12 & 0xffffff00L);
    return new DeviceNumber((int) major, (int) minor);
  }
}
