package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.blkdelta.host.Commands;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceNumbers;
import org.blkdelta.report.Outcome;

/// A host with LVM: says what dmsetup and lvs said on a real one, and has a plain file for each
/// device node.
final class FakeLvm implements Commands, DeviceNumbers {

  static final String GROUP_ID = "gggggggggggggggggggggggggggggggg";
  static final String ORIGIN_ID = "oooooooooooooooooooooooooooooooo";
  static final String SNAPSHOT_ID = "ssssssssssssssssssssssssssssssss";

  /// A device, as `dmsetup info` and `dmsetup table` show it.
  private record Device(DeviceNumber number, int opens, String state, String uuid, String table) {}

  private final Path dev;
  private final Map<String, Device> devices = new LinkedHashMap<>();
  private final Map<String, Deque<Status>> statuses = new HashMap<>();
  private final Map<Path, DeviceNumber> nodes = new HashMap<>();
  private final Map<String, String> groups = new HashMap<>();
  private final List<String> commands = new ArrayList<>();

  /// What `dmsetup status` prints, and what happens just before it does.
  private record Status(String line, Event before) {}

  /// Something that happens meanwhile.
  @FunctionalInterface
  interface Event {
    void happen() throws IOException;
  }

  FakeLvm(Path dev) throws IOException {
    this.dev = Files.createDirectories(dev);
    Files.createDirectories(dev.resolve("mapper"));
  }

  /// Returns one with the group `vg`, its origin `src` and its snapshot `snap`, as the description
  /// shows them: 32 MiB, a store of 16 MiB, chunks of 4 KiB.
  static FakeLvm withSnapshot(Path dev) throws IOException {
    var lvm = new FakeLvm(dev);
    lvm.device("vg-src", 0, 0, uuid(ORIGIN_ID, ""), "0 65536 snapshot-origin 254:1");
    lvm.device("vg-src-real", 1, 2, uuid(ORIGIN_ID, "-real"), "0 65536 linear 98:0 2048");
    lvm.device("vg-snap-cow", 2, 1, uuid(SNAPSHOT_ID, "-cow"), "0 32768 linear 98:0 67584");
    lvm.device("vg-snap", 3, 0, uuid(SNAPSHOT_ID, ""), "0 65536 snapshot 254:1 254:2 P 8");
    lvm.status("vg-snap", "0 65536 snapshot 16/32768 16");
    lvm.group(
        "vg",
        volume("src", "owi-a-s---", "linear", "", "active", "0"),
        volume("snap", "swi-a-s---", "linear", "src", "active", "0"));
    return lvm;
  }

  static String uuid(String volume, String layer) {
    return "LVM-" + GROUP_ID + volume + layer;
  }

  /// Returns what lvs prints for a volume, shortened to what is asked for.
  static String volume(
      String name, String attributes, String type, String origin, String active, String merging) {
    return """
        {"vg_name":"vg", "lv_name":"%s", "lv_uuid":"u", "lv_attr":"%s", "segtype":"%s", \
        "origin":"%s", "lv_active":"%s", "lv_merging":"%s", "lv_snapshot_invalid":"0", \
        "snap_percent":"0.00", "lv_kernel_major":"254", "lv_kernel_minor":"3"}"""
        .formatted(name, attributes, type, origin, active, merging);
  }

  /// Adds a device with the number 254:`minor`, or replaces it; its nodes are empty files.
  Path device(String name, int minor, int opens, String uuid, String table) throws IOException {
    return device(name, minor, opens, "Active", uuid, table);
  }

  Path device(String name, int minor, int opens, String state, String uuid, String table)
      throws IOException {
    var number = new DeviceNumber(254, minor);
    devices.put(name, new Device(number, opens, state, uuid, table));
    var node = dev.resolve("mapper").resolve(name);
    for (var path : List.of(node, dev.resolve("dm-" + minor))) {
      if (Files.notExists(path)) {
        Files.createFile(path);
      }
      nodes.put(path, number);
    }
    return node;
  }

  /// Gives a device another table.
  void table(String name, String table) {
    var old = Objects.requireNonNull(devices.get(name));
    devices.put(name, new Device(old.number(), old.opens(), old.state(), old.uuid(), table));
  }

  void suspend(String name) {
    var old = Objects.requireNonNull(devices.get(name));
    devices.put(name, new Device(old.number(), old.opens(), "Suspended", old.uuid(), old.table()));
  }

  void remove(String name) {
    devices.remove(name);
  }

  /// Sets the lines that `dmsetup status` prints one after the other; the last one stays.
  void status(String name, String... lines) {
    statuses.put(name, new ArrayDeque<>());
    for (var line : lines) {
      statusAfter(name, line, () -> {});
    }
  }

  /// Adds a line that is printed after something happened.
  void statusAfter(String name, String line, Event before) {
    statuses.computeIfAbsent(name, any -> new ArrayDeque<>()).add(new Status(line, before));
  }

  /// Sets what lvs reports for a group.
  void group(String name, String... volumes) {
    groups.put(name, "{\"report\": [{\"lv\": [%s]}]}".formatted(String.join(",\n", volumes)));
  }

  Path mapper(String name) {
    return dev.resolve("mapper").resolve(name);
  }

  /// Returns what was run, without arguments that are always the same.
  List<String> commands() {
    return List.copyOf(commands);
  }

  @Override
  public Optional<DeviceNumber> of(Path path) {
    return Optional.ofNullable(nodes.get(path));
  }

  @Override
  public Outcome run(List<String> command) throws IOException {
    commands.add(String.join(" ", command));
    return switch (command.get(0) + " " + command.get(1)) {
      case "dmsetup info" -> printed(info());
      case "dmsetup table" -> printed(tables());
      case "dmsetup status" -> status(command.get(3));
      case "lvs -a" -> lvs(command.get(command.size() - 1));
      default -> throw new AssertionError(command);
    };
  }

  private String info() {
    var text = new StringBuilder();
    devices.forEach(
        (name, device) ->
            text.append(
                "%d|%d|%d|%s|%s|%s\n"
                    .formatted(
                        device.number().major(),
                        device.number().minor(),
                        device.opens(),
                        device.state(),
                        device.uuid(),
                        name)));
    return text.isEmpty() ? "No devices found\n" : text.toString();
  }

  private String tables() {
    var text = new StringBuilder();
    devices.forEach(
        (name, device) -> {
          for (var line : device.table().split("\n", -1)) {
            text.append(name).append(": ").append(line).append("\n");
          }
        });
    return text.isEmpty() ? "No devices found\n" : text.toString();
  }

  private Outcome status(String name) throws IOException {
    if (!devices.containsKey(name)) {
      return new Outcome(1, "", "Device " + name + " not found\nCommand failed.");
    }
    var lines = Objects.requireNonNull(statuses.get(name), () -> "no status for " + name);
    var next = lines.size() > 1 ? lines.removeFirst() : lines.getFirst();
    next.before().happen();
    return printed(next.line() + "\n");
  }

  private Outcome lvs(String group) {
    var report = groups.get(group);
    return report == null
        ? new Outcome(
            5,
            "{\"report\": [{\"lv\": []}]}",
            "Volume group \"%s\" not found\nCannot process volume group %s".formatted(group, group))
        : printed(report);
  }

  private static Outcome printed(String text) {
    return new Outcome(0, text, "");
  }
}
