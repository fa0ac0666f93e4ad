package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Where the bytes of a device or file are, by sysfs (the kernel's
/// Documentation/ABI/stable/sysfs-block). File systems are not followed: a file on a volume is not
/// the volume.
///
/// @param below the device itself and all devices that it stands on
/// @param same devices that share its bytes one to one: itself, its partitions, the disk that it is
///     a partition of, what a loop device stands on
/// @param files the files that have its bytes: itself, or a loop device's
public record DeviceStack(Set<DeviceNumber> below, Set<DeviceNumber> same, Set<Path> files) {

  /// Creates one of unmodifiable sets.
  public DeviceStack {
    below = Set.copyOf(below);
    same = Set.copyOf(same);
    files = Set.copyOf(files);
  }

  /// Looks `path`, which exists, up in the sysfs at `sys`.
  public static DeviceStack of(Path path, Path sys) throws IOException {
    return of(path, sys, DeviceNumber::of);
  }

  static DeviceStack of(Path path, Path sys, DeviceNumbers numbers) throws IOException {
    return new Walk(sys, numbers).from(path);
  }

  /// One look at everything below a path.
  private record Walk(
      Path sys,
      DeviceNumbers numbers,
      Set<DeviceNumber> below,
      Set<DeviceNumber> same,
      Set<DeviceNumber> inside,
      Set<Path> files) {

    Walk(Path sys, DeviceNumbers numbers) {
      this(
          sys,
          numbers,
          new LinkedHashSet<>(),
          new LinkedHashSet<>(),
          new LinkedHashSet<>(),
          new LinkedHashSet<>());
    }

    DeviceStack from(Path path) throws IOException {
      home(path, true);
      var todo = new ArrayDeque<>(same);
      while (!todo.isEmpty()) {
        var next = todo.remove();
        if (below.add(next)) {
          todo.addAll(slaves(next));
        }
      }
      same.addAll(inside);
      return new DeviceStack(below, same, files);
    }

    /// Follows what has the same bytes downwards.
    ///
    /// @param isWhole whether all of it belongs to where this began; a disk may have partitions
    ///     beside the one that it is about
    private void home(Path path, boolean isWhole) throws IOException {
      var number = numbers.of(path);
      if (number.isEmpty()) {
        files.add(path);
        return;
      }
      var device = number.get();
      boolean whole = isWhole;
      while (same.add(device)) {
        if (whole) {
          inside.addAll(partitions(device));
        }
        if (!isPartition(device)) {
          break;
        }
        device = disk(device);
        whole = false;
      }
      var backing = folder(device).resolve("loop/backing_file");
      if (Files.exists(backing)) {
        var file = Path.of(DeviceUse.text(backing).strip());
        if (Files.exists(file)) {
          home(file, whole);
        }
      }
    }

    private List<DeviceNumber> slaves(DeviceNumber device) throws IOException {
      var found = new ArrayList<DeviceNumber>();
      for (var slave : children(folder(device).resolve("slaves"))) {
        found.add(number(slave));
      }
      if (isPartition(device)) {
        found.add(disk(device));
      }
      return found;
    }

    private List<DeviceNumber> partitions(DeviceNumber disk) throws IOException {
      var found = new ArrayList<DeviceNumber>();
      for (var child : children(folder(disk))) {
        if (Files.exists(child.resolve("partition"))) {
          found.add(number(child));
        }
      }
      return found;
    }

    private boolean isPartition(DeviceNumber device) {
      return Files.exists(folder(device).resolve("partition"));
    }

    private DeviceNumber disk(DeviceNumber partition) throws IOException {
      return number(folder(partition).toRealPath().resolve("..").normalize());
    }

    private Path folder(DeviceNumber device) {
      return sys.resolve("dev/block").resolve(device.toString());
    }

    private static DeviceNumber number(Path device) throws IOException {
      return DeviceNumber.parse(DeviceUse.text(device.resolve("dev")).strip());
    }

    private static List<Path> children(Path folder) throws IOException {
      if (!Files.isDirectory(folder)) {
        return List.of();
      }
      var found = new ArrayList<Path>();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        entries.forEach(found::add);
      }
      return found;
    }
  }
}
