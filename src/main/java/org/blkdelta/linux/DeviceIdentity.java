package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/// What identifies a device or file beyond its path and beyond a reboot: the id of a device-mapper
/// device (of LVM: those of group and volume), a disk's own id, a file's inode and file system.
public final class DeviceIdentity {

  private static final List<String> DISK_IDS = List.of("dm/uuid", "wwid", "device/wwid");

  private final Path sys;
  private final DeviceNumbers numbers;
  private final boolean former;

  private DeviceIdentity(Path sys, DeviceNumbers numbers, boolean former) {
    this.sys = sys;
    this.numbers = numbers;
    this.former = former;
  }

  /// Returns the identity of what is at `path`, which exists, or empty if nothing identifies it.
  ///
  /// @param sys where sysfs is
  public static Optional<String> of(Path path, Path sys) throws IOException {
    return of(path, sys, DeviceNumber::of);
  }

  /// Returns the identity that blkdelta 0.1.0 knew it by, which a clone of a file system shared.
  ///
  /// @param sys where sysfs is
  public static Optional<String> former(Path path, Path sys) throws IOException {
    return new DeviceIdentity(sys, DeviceNumber::of, true).of(path);
  }

  static Optional<String> of(Path path, Path sys, DeviceNumbers numbers) throws IOException {
    return new DeviceIdentity(sys, numbers, false).of(path);
  }

  private Optional<String> of(Path path) throws IOException {
    var number = numbers.of(path);
    return number.isEmpty() ? ofFile(path) : ofDevice(number.get());
  }

  private Optional<String> ofDevice(DeviceNumber number) throws IOException {
    var device = sys.resolve("dev/block").resolve(number.toString());
    return Files.exists(device) ? ofDevice(device) : Optional.empty();
  }

  private Optional<String> ofDevice(Path device) throws IOException {
    for (var id : DISK_IDS) {
      var text = text(device.resolve(id));
      if (!text.isEmpty()) {
        return Optional.of(text);
      }
    }
    var partition = text(device.resolve("partition"));
    if (!partition.isEmpty()) {
      return ofDevice(device.toRealPath().resolve("..").normalize())
          .map(disk -> disk + " partition " + partition);
    }
    var backing = text(device.resolve("loop/backing_file"));
    if (backing.isEmpty() || !Files.exists(Path.of(backing))) {
      return Optional.empty();
    }
    var offset = text(device.resolve("loop/offset"));
    var file = of(Path.of(backing));
    return offset.equals("0") ? file : file.map(id -> id + " from byte " + offset);
  }

  private Optional<String> ofFile(Path file) throws IOException {
    if (!DeviceNumber.isOnHost(file)) {
      return Optional.empty();
    }
    if (!former) {
      return FileIdentity.of(file, new Disks());
    }
    var birth = Files.readAttributes(file, BasicFileAttributes.class).creationTime();
    return Optional.of("inode %s of %s".formatted(Files.getAttribute(file, "unix:ino"), birth));
  }

  private Optional<String> place(DeviceNumber number) throws IOException {
    var device = sys.resolve("dev/block").resolve(number.toString());
    return Files.exists(device)
        ? Optional.of(sys.toRealPath().relativize(device.toRealPath()).toString())
        : Optional.empty();
  }

  private final class Disks implements FileIdentity.Devices {

    @Override
    public Optional<String> identity(DeviceNumber device) throws IOException {
      return ofDevice(device);
    }

    @Override
    public Optional<String> place(DeviceNumber device) throws IOException {
      return DeviceIdentity.this.place(device);
    }
  }

  private static String text(Path attribute) throws IOException {
    return Files.isRegularFile(attribute) ? DeviceUse.text(attribute).strip() : "";
  }
}
