package org.blkdelta.vsphere;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Stream;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.Printable;

/// What `inspect` says about a machine: its disks, its snapshots, and what is in the way of a move.
///
/// @param format for programs
/// @param host the product and version of the host or vCenter
/// @param machine its name
/// @param uuid of the machine
/// @param power `poweredOn`, `poweredOff` or `suspended`
/// @param disks in the order of its devices
/// @param snapshots names, parents first
/// @param obstacles in words what is in the way of an export; empty if nothing is
public record MachineReport(
    String format,
    String host,
    String machine,
    String uuid,
    String power,
    List<Facts> disks,
    List<String> snapshots,
    List<String> obstacles) {

  /// A disk.
  ///
  /// @param size in bytes
  /// @param files newest first, as the datastore names them
  public record Facts(String label, long size, List<String> files) {}

  /// Copies the lists.
  public MachineReport {
    disks = List.copyOf(disks);
    snapshots = List.copyOf(snapshots);
    obstacles = List.copyOf(obstacles);
  }

  /// Logs in, looks at a machine, and logs out.
  public static MachineReport of(MachineUri uri, Access access) throws IOException {
    try (var service = Service.connect(uri, access)) {
      var machine = Machine.find(service, uri);
      var meant = uri.disk().isPresent() ? List.of(machine.disk(uri)) : machine.disks();
      return new MachineReport(
          "vsphere",
          service.product(),
          machine.name(),
          machine.uuid(),
          machine.power(),
          meant.stream().map(MachineReport::facts).toList(),
          machine.snapshots().stream().map(Snapshot::name).toList(),
          meant.stream().flatMap(disk -> obstacles(machine, disk, uri)).distinct().toList());
    }
  }

  private static Facts facts(MachineDisk disk) {
    return new Facts(disk.label(), disk.size(), disk.files());
  }

  private static Stream<String> obstacles(Machine machine, MachineDisk disk, MachineUri uri) {
    return machine.inTheWay(disk, uri).stream();
  }

  /// Prints it for people.
  public void print(PrintStream out) {
    out.printf("machine:   %s (%s)%n", Printable.of(machine), Printable.of(uuid));
    out.printf("host:      %s%n", Printable.of(host));
    out.printf("power:     %s%n", Printable.of(power));
    for (var disk : disks) {
      out.printf("disk:      %s, %s%n", Printable.of(disk.label), Sizes.binary(disk.size));
      for (var file : disk.files) {
        out.printf("           on %s%n", Printable.of(file));
      }
    }
    for (var snapshot : snapshots) {
      out.printf("snapshot:  %s%n", Printable.of(snapshot));
    }
    for (var obstacle : obstacles) {
      out.printf("in the way: %s%n", Printable.of(obstacle));
    }
  }
}
