package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where the bytes of a loop device, or of a partition of one, are kept: a range of its file. Two
/// such devices over one file are two names of the same bytes, which the kernel does not know.
///
/// @param file the file; of a loop device over a block device, its node
/// @param start where the range begins, in bytes
/// @param length its bytes
record Home(Path file, long start, long length) {

  private static final long SECTOR = 512;

  /// Returns the home of a device, or empty if the device itself is that, or its file cannot be
  /// found any more.
  static Optional<Home> of(DeviceNumber device, Path sys) throws IOException {
    var folder = sys.resolve("dev/block").resolve(device.toString());
    if (!Files.exists(folder.resolve("size"))) {
      return Optional.empty();
    }
    return of(folder, sys, 0, number(folder.resolve("size")) * SECTOR);
  }

  private static Optional<Home> of(Path folder, Path sys, long start, long length)
      throws IOException {
    if (Files.exists(folder.resolve("partition"))) {
      long begin = number(folder.resolve("start")) * SECTOR;
      return of(folder.toRealPath().resolve("..").normalize(), sys, start + begin, length);
    }
    var backing = folder.resolve("loop/backing_file");
    if (!Files.exists(backing)) {
      return Optional.empty();
    }
    var file = Path.of(DeviceUse.text(backing).strip());
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    long at = start + number(folder.resolve("loop/offset"));
    var below = DeviceNumber.of(file);
    var further = below.isPresent() ? below(below.get(), sys, at, length) : Optional.<Home>empty();
    return Optional.of(further.orElse(new Home(file, at, length)));
  }

  private static Optional<Home> below(DeviceNumber device, Path sys, long start, long length)
      throws IOException {
    return of(sys.resolve("dev/block").resolve(device.toString()), sys, start, length);
  }

  private static long number(Path attribute) throws IOException {
    return Long.parseLong(DeviceUse.text(attribute).strip());
  }
}
