package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.linux.DeviceIdentity;
import org.blkdelta.linux.DeviceNumber;

/// The path of a device or file.
record FileName(Path path) implements DestinationName {

  private static final Path PROC = Path.of("/proc");
  private static final Path SYS = Path.of("/sys");

  @Override
  public long size() {
    try {
      if (!Files.isRegularFile(path) && DeviceNumber.of(path).isEmpty()) {
        return -1; // opening a pipe would wait for its writer
      }
    } catch (IOException absent) {
      return -1;
    }
    try (var disk = FileDisk.forReading(path)) {
      return disk.size();
    } catch (IOException absent) {
      return -1;
    }
  }

  @Override
  public Optional<String> place() {
    try {
      var devices = BackingDevices.of(List.of(path), PROC, SYS);
      return devices.tops().stream().findFirst().map(top -> top + "@" + devices.host());
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<Path> file() {
    return Optional.of(path);
  }

  @Override
  public String noted() {
    return path.toAbsolutePath().normalize().toString();
  }

  @Override
  public boolean exists() {
    return Files.exists(path);
  }

  @Override
  public Optional<String> identity() throws IOException {
    return DeviceIdentity.of(path, SYS);
  }

  @Override
  public Optional<String> former() throws IOException {
    return DeviceIdentity.former(path, SYS);
  }

  @Override
  public boolean isProof() {
    return true;
  }

  /// Version 0.1.0 noted the path as it was typed, and if that was relative, only its last name
  /// says anything.
  @Override
  public boolean isAt(StateFile old) {
    var noted = Path.of(old.path());
    try {
      return noted.isAbsolute()
          ? Files.exists(noted) && Files.isSameFile(noted, path)
          : noted.endsWith(path.toRealPath().getFileName());
    } catch (IOException unseen) {
      return false;
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
