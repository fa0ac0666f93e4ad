package org.blkdelta.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/// What identifies a device or file beyond its path and beyond a reboot: the id of a device-mapper
/// device (of LVM: those of group and volume), a disk's own id, a file's inode and birth.
public final class DeviceIdentity {

  private static final List<String> DISK_IDS = List.of("dm/uuid", "wwid", "device/wwid");

  private DeviceIdentity() {}

  /// Returns the identity of what is at `path`, which exists, or empty where nothing identifies it.
  ///
  /// @param sys where sysfs is
  public static Optional<String> of(Path path, Path sys) throws IOException {
    return of(path, sys, DeviceNumber::of);
  }

  static Optional<String> of(Path path, Path sys, DeviceNumbers numbers) throws IOException {
    var number = numbers.of(path);
    return number.isEmpty()
        ? ofFile(path)
        : ofDevice(sys.resolve("dev/block").resolve(number.get().toString()), sys, numbers);
  }

  private static Optional<String> ofDevice(Path device, Path sys, DeviceNumbers numbers)
      throws IOException {
    for (var id : DISK_IDS) {
      var text = text(device.resolve(id));
      if (!text.isEmpty()) {
        return Optional.of(text);
      }
    }
    var partition = text(device.resolve("partition"));
    if (!partition.isEmpty()) {
      return ofDevice(device.toRealPath().resolve("..").normalize(), sys, numbers)
          .map(disk -> disk + " partition " + partition);
    }
    var backing = text(device.resolve("loop/backing_file"));
    if (backing.isEmpty() || !Files.exists(Path.of(backing))) {
      return Optional.empty();
    }
    var offset = text(device.resolve("loop/offset"));
    var file = of(Path.of(backing), sys, numbers);
    return offset.equals("0") ? file : file.map(id -> id + " from byte " + offset);
  }

  /// A number of an inode is given again when its file is gone; the time of its birth is not.
  private static Optional<String> ofFile(Path file) throws IOException {
    if (!DeviceNumber.isOnHost(file)) {
      return Optional.empty();
    }
    var birth = Files.readAttributes(file, BasicFileAttributes.class).creationTime();
    return Optional.of("inode %s of %s".formatted(Files.getAttribute(file, "unix:ino"), birth));
  }

  private static String text(Path attribute) throws IOException {
    return Files.isRegularFile(attribute) ? DeviceUse.text(attribute).strip() : "";
  }
}
