package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceNumbers;

/// The mapped devices of a host, asked of the kernel, or of `dmsetup` if the kernel's node of
/// device-mapper is missing. Formats of tables: the kernel's
/// Documentation/admin-guide/device-mapper.
public final class DeviceMapper {

  /// A mapped device.
  ///
  /// @param opens how many have it open, in the kernel and outside
  /// @param suspended whether reads of it block at the moment
  /// @param uuid empty if it has none; LVM's begin with `LVM-`
  public record Device(
      String name, DeviceNumber number, int opens, boolean suspended, String uuid) {

    /// Returns whether LVM made it.
    public boolean isLvm() {
      return uuid.startsWith("LVM-");
    }
  }

  /// One line of a table or status: a run of sectors and the target that serves it.
  ///
  /// @param lengthSectors in sectors of 512 bytes
  /// @param arguments the words after the target's name
  public record Target(
      String device, long startSector, long lengthSectors, String type, List<String> arguments) {

    /// Creates one with unmodifiable arguments.
    public Target {
      arguments = List.copyOf(arguments);
    }
  }

  /// Who answers.
  interface Tables {

    /// Returns all mapped devices.
    List<Device> devices() throws IOException;

    /// Returns the tables of all devices that have one.
    List<Target> tables() throws IOException;

    /// Returns the status lines of one device, without making it flush anything first.
    List<Target> status(String name) throws IOException;
  }

  private final Commands commands;
  private final Path nodes;
  private final DeviceNumbers numbers;
  private final Tables tables;

  /// Creates one that finds device nodes below `nodes` (`/dev`) and knows them by `numbers`.
  public DeviceMapper(Commands commands, Path nodes, DeviceNumbers numbers) {
    this.commands = commands;
    this.nodes = nodes;
    this.numbers = numbers;
    var control = nodes.resolve("mapper/control");
    this.tables = Files.exists(control) ? new MapperControl(control) : new Dmsetup(commands);
  }

  /// Returns all mapped devices.
  public List<Device> devices() throws IOException {
    return tables.devices();
  }

  /// Returns the tables of all devices that have one; a device that is just being made has none.
  public List<Target> tables() throws IOException {
    return tables.tables();
  }

  /// Returns the table of one device; empty if there is no such device, or it has none.
  public List<Target> table(String name) throws IOException {
    return tables().stream().filter(target -> target.device().equals(name)).toList();
  }

  /// Returns the status lines of one device, without making it flush anything first.
  public List<Target> status(String name) throws IOException {
    return tables.status(name);
  }

  /// Sends a message to a device's target, and returns what became of it: status 0 if the kernel
  /// took it, 1 if it refused, anything else if `dmsetup` was stopped and that is unknown.
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
}
