package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.DeviceNumber;
import org.blkdelta.disk.DeviceNumbers;
import org.blkdelta.host.Commands.Outcome;

/// What `dmsetup` says. Formats: dmsetup(8) and the kernel's
/// Documentation/admin-guide/device-mapper.
public final class DeviceMapper {

  /// A mapped device.
  ///
  /// @param opens how many have it open, in the kernel and outside
  /// @param suspended whether reads of it block at the moment
  /// @param uuid empty where it has none; LVM's begin with `LVM-`
  public record Device(
      String name, DeviceNumber number, int opens, boolean suspended, String uuid) {}

  /// One line of a table or status: a run of sectors and the target that serves it.
  ///
  /// @param lengthSectors in sectors of 512 bytes
  /// @param arguments the words behind the target's name
  public record Target(
      String device, long startSector, long lengthSectors, String type, List<String> arguments) {

    /// Creates one with unmodifiable arguments.
    public Target {
      arguments = List.copyOf(arguments);
    }
  }

  private final Commands commands;
  private final Path nodes;
  private final DeviceNumbers numbers;

  /// Creates one that finds device nodes below `nodes` (`/dev`) and knows them by `numbers`.
  public DeviceMapper(Commands commands, Path nodes, DeviceNumbers numbers) {
    this.commands = commands;
    this.nodes = nodes;
    this.numbers = numbers;
  }

  /// Returns all mapped devices.
  public List<Device> devices() throws IOException {
    var printed =
        run(
            "info",
            "-c",
            "--noheadings",
            "--separator",
            "|",
            "-o",
            "major,minor,open,suspended,uuid,name");
    var found = new ArrayList<Device>();
    for (var line : printed.lines().toList()) {
      var words = line.strip().split("\\|", 6);
      if (words.length == 6) {
        found.add(
            new Device(
                words[5],
                DeviceNumber.parse(words[0] + ":" + words[1]),
                Integer.parseInt(words[2]),
                words[3].equals("Suspended"),
                words[4]));
      }
    }
    return found;
  }

  /// Returns the tables of all devices that have one; a device that is just being made has none.
  public List<Target> tables() throws IOException {
    return run("table")
        .lines()
        .filter(line -> line.contains(": ") && !line.endsWith(": "))
        .map(DeviceMapper::named)
        .toList();
  }

  /// Returns the status lines of one device, without making it flush anything first.
  public List<Target> status(String name) throws IOException {
    return run("status", "--noflush", name)
        .lines()
        .filter(line -> !line.isBlank())
        .map(line -> target(name, line))
        .toList();
  }

  /// Sends a message to a device's target, and returns what became of it: status 0 where the kernel
  /// took it, 1 where it refused, anything else where `dmsetup` was stopped and nobody knows.
  public Outcome message(String name, String message) throws IOException {
    return commands.run(List.of("dmsetup", "message", name, "0", message));
  }

  /// Returns the node of a mapped device, by its name where udev or libdevmapper made one.
  public Path node(Device device) throws IOException {
    for (var path :
        List.of(
            nodes.resolve("mapper").resolve(device.name()),
            nodes.resolve("dm-" + device.number().minor()))) {
      if (Files.exists(path) && numbers.of(path).equals(Optional.of(device.number()))) {
        return path;
      }
    }
    throw new IOException(
        "%s: has no node below %s; run: dmsetup mknodes".formatted(device.name(), nodes));
  }

  private String run(String... words) throws IOException {
    var command = new ArrayList<>(List.of("dmsetup"));
    command.addAll(List.of(words));
    var outcome = commands.run(command);
    if (outcome.status() != 0) {
      throw new IOException(
          "%s: exit status %d: %s"
              .formatted(String.join(" ", command), outcome.status(), outcome.complaint()));
    }
    return outcome.out();
  }

  private static Target named(String line) {
    int colon = line.indexOf(": ");
    return target(line.substring(0, colon), line.substring(colon + 2));
  }

  private static Target target(String device, String line) {
    var words = List.of(line.strip().split("\\s+"));
    return new Target(
        device,
        Long.parseLong(words.get(0)),
        Long.parseLong(words.get(1)),
        words.get(2),
        words.subList(3, words.size()));
  }
}
