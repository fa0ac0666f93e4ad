package org.blkdelta.vsphere;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.UsageException;

/// A virtual machine as it is when it is looked at.
///
/// @param ref the object of the service
/// @param name as people see it
/// @param uuid of the machine (`config.uuid`), in lower case
/// @param power `poweredOn`, `poweredOff` or `suspended`
/// @param disks in the order of its devices
/// @param snapshots parents first
/// @param obstacles in words what is in the way of a snapshot of it; empty if nothing is
public record Machine(
    Ref ref,
    String name,
    String uuid,
    String power,
    List<MachineDisk> disks,
    List<Snapshot> snapshots,
    List<String> obstacles) {

  private static final String NAME = "name";
  private static final String UUID = "config.uuid";
  private static final String POWER = "runtime.powerState";
  private static final String DEVICES = "config.hardware.device";
  private static final String SNAPSHOTS = "snapshot";
  private static final String TEMPLATE = "config.template";
  private static final String CONSOLIDATION = "runtime.consolidationNeeded";
  private static final String QUESTION = "runtime.question";
  private static final String CONNECTION = "runtime.connectionState";
  private static final int MAX_SHOWN = 80;

  /// Copies the lists.
  public Machine {
    disks = List.copyOf(disks);
    snapshots = List.copyOf(snapshots);
    obstacles = List.copyOf(obstacles);
  }

  /// Finds a machine by what the user calls it.
  ///
  /// @throws UsageException if there is none, or more than one
  static Machine find(Service service, MachineUri uri) throws IOException {
    var found = new ArrayList<Ref>();
    var uuids = new ArrayList<String>();
    for (var each : service.machines(List.of(NAME, UUID)).entrySet()) {
      var uuid = text(each.getValue(), UUID).toLowerCase(Locale.ROOT);
      boolean isOne =
          uri.uuid().isPresent()
              ? uuid.equals(uri.uuid().get())
              : shown(text(each.getValue(), NAME)).equals(uri.machine());
      if (isOne) {
        found.add(each.getKey());
        uuids.add(uuid);
      }
    }
    if (found.isEmpty()) {
      throw new UsageException(
          "%s: there is no machine \"%s\" that this account sees; check its name and the account's rights"
              .formatted(uri.name(), Printable.of(uri.machineName(), MAX_SHOWN)));
    }
    if (found.size() > 1) {
      throw new UsageException(
          "%s: %d machines have that name; name one by ?uuid=%s"
              .formatted(uri.name(), found.size(), String.join(" or ?uuid=", uuids)));
    }
    return look(service, found.getFirst());
  }

  /// Looks at a machine.
  static Machine look(Service service, Ref ref) throws IOException {
    var values =
        service.properties(
            ref,
            List.of(
                NAME,
                UUID,
                POWER,
                DEVICES,
                SNAPSHOTS,
                TEMPLATE,
                CONSOLIDATION,
                QUESTION,
                CONNECTION));
    var devices = values.get(DEVICES);
    if (devices == null) {
      throw new RefusedException(
          service.name()
              + ": the machine's devices can't be seen; see that its host is connected, and that the account may read it");
    }
    var snapshots = values.get(SNAPSHOTS);
    return new Machine(
        ref,
        shown(text(values, NAME)),
        text(values, UUID).toLowerCase(Locale.ROOT),
        text(values, POWER),
        MachineDisk.of(devices),
        snapshots == null ? List.of() : Snapshot.of(snapshots),
        obstacles(values));
  }

  private static List<String> obstacles(Map<String, Element> values) {
    var found = new ArrayList<String>();
    if (text(values, TEMPLATE).equals("true")) {
      found.add("is a template: make a machine of it first");
    }
    if (text(values, CONSOLIDATION).equals("true")) {
      found.add("its disks need consolidation: do that first");
    }
    if (values.containsKey(QUESTION)) {
      found.add("waits with a question: answer it first");
    }
    var connection = text(values, CONNECTION);
    if (!connection.isEmpty() && !connection.equals("connected")) {
      found.add("its host is not connected (%s)".formatted(Printable.of(connection, MAX_SHOWN)));
    }
    return found;
  }

  private static String text(Map<String, Element> values, String name) {
    return Optional.ofNullable(values.get(name)).map(found -> found.text().strip()).orElse("");
  }

  /// The service encodes these three in names (`ManagedEntity.name`).
  private static String shown(String name) {
    return name.replaceAll("%2[fF]", "/").replaceAll("%5[cC]", "\\\\").replace("%25", "%");
  }

  /// Returns whether it is off, so that nothing writes to its disks.
  public boolean isOff() {
    return power.equals("poweredOff");
  }

  /// Returns the disk that is meant.
  ///
  /// @throws UsageException if it has none, or several and none is named
  MachineDisk disk(MachineUri uri) throws UsageException {
    var meant =
        disks.stream()
            .filter(each -> uri.disk().isEmpty() || each.isCalled(uri.disk().get()))
            .toList();
    if (meant.size() == 1) {
      return meant.getFirst();
    }
    var known =
        disks.stream()
            .map(each -> "disk=" + Printable.of(each.baseName(), MAX_SHOWN))
            .collect(Collectors.joining(", "));
    throw new UsageException(
        "%s: %s; %s"
            .formatted(
                uri.name(),
                uri.disk().isEmpty() && !disks.isEmpty()
                    ? "has %d disks".formatted(disks.size())
                    : meant.isEmpty() ? "has no such disk" : "has several such disks",
                known.isEmpty() ? "it has none at all" : "name one of " + known));
  }

  /// Checks that a disk can be moved with the help of a snapshot, before anything is touched.
  ///
  /// @throws RefusedException with all that is in the way
  void checkMovable(MachineDisk disk, MachineUri uri) throws RefusedException {
    var found = inTheWay(disk, uri);
    if (!found.isEmpty()) {
      throw new RefusedException(
          uri.name() + ": " + Printable.of(String.join("; ", found), 4 * MAX_SHOWN));
    }
  }

  /// Returns in words all that is in the way of an export of a disk.
  List<String> inTheWay(MachineDisk disk, MachineUri uri) {
    var found = new ArrayList<>(obstacles);
    found.addAll(disk.inTheWay());
    var foreign =
        snapshots.stream()
            .filter(each -> !each.isOurs() && !uri.snapshot().equals(Optional.of(each.name())))
            .map(each -> "\"" + Printable.of(each.name(), MAX_SHOWN) + "\"")
            .toList();
    if (!foreign.isEmpty()) {
      found.add(
          "has snapshots that are not blkdelta's (%s): remove them first"
              .formatted(String.join(", ", foreign)));
    }
    return found;
  }
}
