package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What some devices and files are, and everything that they stand on, as identities that hold on
/// one running host: `b:MAJOR:MINOR` for a block device, `f:DEVICE:INODE` for a file. It tells
/// whether writing one would change another.
///
/// @param host the host's boot id; identities of different hosts say nothing about each other
/// @param tops the devices and files themselves
/// @param below the tops and all that they stand on: a dm device's slaves, a partition's disk, a
///     loop device's file
public record BackingDevices(String host, Set<String> tops, Set<String> below) {

  /// Creates one of unmodifiable sets.
  public BackingDevices {
    tops = Set.copyOf(tops);
    below = Set.copyOf(below);
  }

  /// Looks the given paths up below `/proc` and `/sys`.
  public static BackingDevices of(Collection<Path> paths, Path proc, Path sys) throws IOException {
    return of(paths, proc, sys, DeviceNumber::of);
  }

  static BackingDevices of(Collection<Path> paths, Path proc, Path sys, DeviceNumbers numbers)
      throws IOException {
    var bootId = proc.resolve("sys/kernel/random/boot_id");
    var host = Files.exists(bootId) ? DeviceUse.text(bootId).strip() : "";
    var tops = new LinkedHashSet<String>();
    for (var path : paths) {
      tops.add(identity(path, numbers));
    }
    var below = new LinkedHashSet<String>();
    var todo = new ArrayDeque<>(tops);
    while (!todo.isEmpty()) {
      var next = todo.remove();
      if (below.add(next)) {
        todo.addAll(underneath(next, sys, numbers));
      }
    }
    return new BackingDevices(host, tops, below);
  }

  /// Returns this with more devices that must not be written.
  public BackingDevices with(Collection<DeviceNumber> devices) {
    var more = devices.stream().map(device -> "b:" + device).toList();
    return new BackingDevices(host, joined(tops, more), joined(below, more));
  }

  private static Set<String> joined(Set<String> some, List<String> more) {
    var all = new LinkedHashSet<>(some);
    all.addAll(more);
    return all;
  }

  /// Returns whether one of these is, or stands on, one of the other's, or the other way round.
  /// Two volumes beside each other on one disk do not overlap.
  public boolean overlaps(BackingDevices other) {
    if (host.isEmpty() || !host.equals(other.host)) {
      return false;
    }
    return tops.stream().anyMatch(other.below::contains)
        || other.tops.stream().anyMatch(below::contains);
  }

  private static String identity(Path path, DeviceNumbers numbers) throws IOException {
    var number = numbers.of(path);
    return number.isPresent() ? "b:" + number.get() : fileIdentity(path);
  }

  private static String fileIdentity(Path file) throws IOException {
    if (!DeviceNumber.isOnHost(file)) {
      return "p:" + file.toRealPath();
    }
    return "f:" + Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
  }

  private static List<String> underneath(String identity, Path sys, DeviceNumbers numbers)
      throws IOException {
    if (!identity.startsWith("b:")) {
      return fileSystem(identity, sys);
    }
    var folder = sys.resolve("dev/block").resolve(identity.substring(2));
    var found = new ArrayList<String>();
    if (Files.isDirectory(folder.resolve("slaves"))) {
      try (var slaves = Files.newDirectoryStream(folder.resolve("slaves"))) {
        for (var slave : slaves) {
          number(slave).ifPresent(found::add);
        }
      }
    }
    if (Files.exists(folder.resolve("partition"))) {
      number(folder.toRealPath().resolve("..").normalize()).ifPresent(found::add);
    }
    var backing = folder.resolve("loop/backing_file");
    if (Files.exists(backing)) {
      var file = Path.of(DeviceUse.text(backing).strip());
      if (Files.exists(file)) {
        found.add(identity(file, numbers));
      }
    }
    return found;
  }

  /// Returns the device of a file's file system, if it is one (btrfs and overlays have none).
  private static List<String> fileSystem(String identity, Path sys) {
    if (!identity.startsWith("f:")) {
      return List.of();
    }
    var device = DeviceNumber.decode(Long.parseLong(identity.split(":")[1]));
    return Files.exists(sys.resolve("dev/block").resolve(device.toString()))
        ? List.of("b:" + device)
        : List.of();
  }

  private static Optional<String> number(Path device) throws IOException {
    var file = device.resolve("dev");
    return Files.exists(file) ? Optional.of("b:" + DeviceUse.text(file).strip()) : Optional.empty();
  }
}
