package org.blkdelta.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Who uses a block device or file at the moment, by what the kernel publishes: mountinfo, swaps
/// and sysfs (see proc(5) and the kernel's Documentation/ABI/stable/sysfs-block).
public final class DeviceUse {

  /// A reason not to write; the word is also what `--force` takes.
  public enum Reason {
    /// A file system on it is mounted.
    MOUNTED("mounted"),
    /// It is swap space.
    SWAP("swap"),
    /// Another device stands on it, or a program keeps others away from it.
    HELD("held"),
    /// A program can write to it.
    OPEN("open"),
    /// It is a snapshot, which fills as it is written to.
    SNAPSHOT("snapshot"),
    /// It has snapshots, which fill as it is written to.
    ORIGIN("origin"),
    /// It is a thin pool, or a part of one.
    POOL("pool"),
    /// It is one of several paths to a disk.
    MULTIPATH("multipath"),
    /// What it is cannot be found out.
    UNKNOWN("unknown"),
    /// It holds a partition table.
    PARTITIONS("partitions"),
    /// It is a physical volume of LVM.
    PV("pv"),
    /// It is a member of a RAID.
    RAID("raid"),
    /// It holds an encrypted volume.
    LUKS("luks"),
    /// It holds something else that is known: a file system, mostly. On the command line it stands
    /// for anything that a destination holds.
    SIGNATURE("signature");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    /// Returns the word that names the reason on the command line.
    public String word() {
      return word;
    }
  }

  /// One use found, in words such as `is mounted at /srv`.
  public record Use(Reason reason, String words) {}

  private final Path proc;
  private final Path sys;
  private final DeviceNumbers numbers;

  /// Creates one that reads below the given `/proc` and `/sys`.
  public DeviceUse(Path proc, Path sys) {
    this(proc, sys, DeviceNumber::of);
  }

  DeviceUse(Path proc, Path sys, DeviceNumbers numbers) {
    this.proc = proc;
    this.sys = sys;
    this.numbers = numbers;
  }

  /// Returns every use of the device or file at `path`, of its partitions, and of the loop devices
  /// that stand on it.
  public List<Use> of(Path path) throws IOException {
    var uses = new ArrayList<Use>();
    var number = numbers.of(path);
    if (number.isPresent()) {
      for (var device : withPartitions(number.get())) {
        mounts(device, uses);
        swaps(device, uses);
        holders(device, uses);
        loops(device, uses);
      }
    } else {
      swapFile(path, uses);
      loops(path, uses);
    }
    return uses;
  }

  private List<DeviceNumber> withPartitions(DeviceNumber disk) throws IOException {
    var found = new ArrayList<>(List.of(disk));
    var folder = sys.resolve("dev/block").resolve(disk.toString());
    for (var child : children(folder)) {
      if (Files.exists(child.resolve("partition"))) {
        found.add(DeviceNumber.parse(line(child.resolve("dev"))));
      }
    }
    return found;
  }

  /// Fields of mountinfo: id, parent, MAJOR:MINOR, root, mount point, …, `-`, type, source,
  /// options.
  private void mounts(DeviceNumber device, List<Use> uses) throws IOException {
    for (var line : lines(proc.resolve("self/mountinfo"))) {
      var words = List.of(line.split(" "));
      int dash = words.indexOf("-");
      if (dash < 5 || words.size() < dash + 3) {
        continue;
      }
      if (words.get(2).equals(device.toString()) || isDevice(words.get(dash + 2), device)) {
        uses.add(new Use(Reason.MOUNTED, "is mounted at " + unescape(words.get(4))));
      }
    }
  }

  private void swaps(DeviceNumber device, List<Use> uses) throws IOException {
    for (var area : swapAreas()) {
      if (isDevice(area, device)) {
        uses.add(new Use(Reason.SWAP, "is in use as swap"));
      }
    }
  }

  private void holders(DeviceNumber device, List<Use> uses) throws IOException {
    var folder = sys.resolve("dev/block").resolve(device.toString()).resolve("holders");
    for (var holder : children(folder)) {
      var dm = holder.resolve("dm/name");
      var name = Files.exists(dm) ? line(dm) : String.valueOf(holder.getFileName());
      uses.add(new Use(Reason.HELD, "is held by the device " + name));
      var uuid = holder.resolve("dm/uuid");
      if (Files.exists(uuid) && line(uuid).startsWith("mpath-")) {
        uses.add(new Use(Reason.MULTIPATH, "is a path of the multipath device " + name));
      }
    }
  }

  private void swapFile(Path file, List<Use> uses) throws IOException {
    for (var area : swapAreas()) {
      var path = file.getFileSystem().getPath(area);
      if (Files.exists(path) && Files.isSameFile(path, file)) {
        uses.add(new Use(Reason.SWAP, "is in use as swap"));
      }
    }
  }

  private void loops(Path file, List<Use> uses) throws IOException {
    for (var loop : children(sys.resolve("block"))) {
      var backing = backingFile(loop).map(file.getFileSystem()::getPath).filter(Files::exists);
      if (backing.isPresent() && Files.isSameFile(backing.get(), file)) {
        uses.add(heldBy(loop));
      }
    }
  }

  /// The kernel lists loop devices among no device's holders, and O_EXCL does not see them either.
  private void loops(DeviceNumber device, List<Use> uses) throws IOException {
    for (var loop : children(sys.resolve("block"))) {
      var backing = backingFile(loop);
      if (backing.isPresent() && isDevice(Path.of(backing.get()), device)) {
        uses.add(heldBy(loop));
      }
    }
  }

  private static Use heldBy(Path loop) {
    return new Use(Reason.HELD, "is held by the device " + loop.getFileName());
  }

  private static Optional<String> backingFile(Path device) throws IOException {
    var attribute = device.resolve("loop/backing_file");
    return Files.exists(attribute) ? Optional.of(line(attribute)) : Optional.empty();
  }

  private List<String> swapAreas() throws IOException {
    return lines(proc.resolve("swaps")).stream()
        .skip(1)
        .map(line -> unescape(line.split("\\s+")[0]))
        .toList();
  }

  private boolean isDevice(String text, DeviceNumber device) throws IOException {
    return text.startsWith("/") && isDevice(Path.of(unescape(text)), device);
  }

  private boolean isDevice(Path path, DeviceNumber device) throws IOException {
    return Files.exists(path) && numbers.of(path).filter(device::equals).isPresent();
  }

  /// Undoes the kernel's octal escapes (`\040` for a blank).
  private static String unescape(String text) {
    var plain = new StringBuilder();
    for (int at = 0; at < text.length(); at++) {
      boolean escaped = text.charAt(at) == '\\' && at + 4 <= text.length();
      plain.append(escaped ? (char) Integer.parseInt(text, at + 1, at + 4, 8) : text.charAt(at));
      at += escaped ? 3 : 0;
    }
    return plain.toString();
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

  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? text(file).lines().toList() : List.of();
  }

  private static String line(Path file) throws IOException {
    return text(file).strip();
  }

  /// Reads what the kernel publishes; a mount point in it may have any bytes.
  public static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
