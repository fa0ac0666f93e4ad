package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Folders that look like /dev, /proc and /sys as far as [DeviceUse] and [BackingDevices] read
/// them. A device node is an empty file whose number this knows.
final class FakeKernelFiles implements DeviceNumbers {

  final Path dev;
  final Path proc;
  final Path sys;
  private final Map<Path, DeviceNumber> nodes = new HashMap<>();

  FakeKernelFiles(Path root) throws IOException {
    dev = Files.createDirectories(root.resolve("dev"));
    proc = root.resolve("proc");
    sys = root.resolve("sys");
    Files.createDirectories(sys.resolve("block"));
    Files.createDirectories(sys.resolve("dev/block"));
    write(proc.resolve("self/mountinfo"), "");
    write(proc.resolve("swaps"), "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    write(proc.resolve("sys/kernel/random/boot_id"), "3f1c-boot\n");
  }

  @Override
  public Optional<DeviceNumber> of(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    return Optional.ofNullable(nodes.get(path.toRealPath()));
  }

  /// Makes a whole disk: its node and its folder in sysfs, with an empty `holders` and `slaves`.
  Path disk(String name, String number) throws IOException {
    return device(name, number, sys.resolve("devices").resolve(name));
  }

  /// Makes a partition of `disk`.
  Path partition(String disk, String name, String number) throws IOException {
    var folder = sys.resolve("devices").resolve(disk).resolve(name);
    var node = device(name, number, folder);
    write(folder.resolve("partition"), "1\n");
    return node;
  }

  /// Makes another node of the same device.
  Path alias(String name, String number) throws IOException {
    var node = Files.createFile(dev.resolve(name));
    nodes.put(node.toRealPath(), DeviceNumber.parse(number));
    return node;
  }

  /// Makes `upper` a holder of `lower`, and `lower` a slave of `upper`.
  void stands(String upper, String lower) throws IOException {
    Files.createSymbolicLink(folder(lower).resolve("holders").resolve(upper), folder(upper));
    Files.createSymbolicLink(folder(upper).resolve("slaves").resolve(lower), folder(lower));
  }

  /// Says that a device is device-mapper's, with a name.
  void mapped(String device, String name) throws IOException {
    write(folder(device).resolve("dm/name"), name + "\n");
  }

  /// Says what a loop device stands on.
  void backing(String loop, Path file) throws IOException {
    write(folder(loop).resolve("loop/backing_file"), file + "\n");
  }

  /// Says that a process has a file or device open.
  ///
  /// @param flags as fdinfo shows them, octal
  void open(long pid, String name, int descriptor, Path file, String flags) throws IOException {
    var process = proc.resolve(Long.toString(pid));
    write(process.resolve("comm"), name + "\n");
    write(process.resolve("fdinfo/" + descriptor), "pos:\t0\nflags:\t" + flags + "\nmnt_id:\t29\n");
    Files.createDirectories(process.resolve("fd"));
    Files.createSymbolicLink(process.resolve("fd/" + descriptor), file);
  }

  /// Says which process is the one that asks.
  void self(long pid) throws IOException {
    Files.delete(proc.resolve("self/mountinfo"));
    Files.delete(proc.resolve("self"));
    Files.createSymbolicLink(proc.resolve("self"), Path.of(Long.toString(pid)));
  }

  void mountinfo(String... lines) throws IOException {
    write(proc.resolve("self/mountinfo"), String.join("\n", lines) + "\n");
  }

  void swaps(String... lines) throws IOException {
    write(
        proc.resolve("swaps"),
        "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + String.join("\n", lines) + "\n");
  }

  private Path folder(String device) throws IOException {
    return sys.resolve("block").resolve(device).toRealPath();
  }

  private Path device(String name, String number, Path folder) throws IOException {
    Files.createDirectories(folder.resolve("holders"));
    Files.createDirectories(folder.resolve("slaves"));
    write(folder.resolve("dev"), number + "\n");
    Files.createSymbolicLink(sys.resolve("dev/block").resolve(number), folder);
    Files.createSymbolicLink(sys.resolve("block").resolve(name), folder);
    return alias(name, number);
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
  }
}
