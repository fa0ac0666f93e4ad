package org.blkdelta.thin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

/// A host with the group `vg` and a running thin pool `pool` in it: says what dmsetup and lvs say,
/// keeps a metadata snapshot as the kernel does, and has a plain file for each device node.
final class FakePool implements Commands, DeviceNumbers {

  static final String POOL_ID = "pppppppppppppppppppppppppppppppp";

  private record Device(int minor, int opens, String uuid, String table) {}

  private final Path dev;
  private final Map<String, Device> devices = new LinkedHashMap<>();
  private final Map<Path, DeviceNumber> nodes = new HashMap<>();
  private final Map<String, String> volumes = new LinkedHashMap<>();
  private final List<String> messages = new ArrayList<>();
  private final int root;
  private String held = "-";
  private String state = "rw no_discard_passdown queue_if_no_space - 128";
  private String thinStatus = "1024 2047";
  private Outcome answer = new Outcome(0, "", "");
  private boolean reserves = true;
  private long transaction = 7;

  /// Creates one whose metadata is `image`; its metadata snapshot will be the image's last block.
  FakePool(Path dev, byte[] image) throws IOException {
    this.dev = Files.createDirectories(dev);
    Files.createDirectories(dev.resolve("mapper"));
    root = image.length / 4096;
    device("vg-pool_tmeta", 0, 1, "LVM-x-tmeta", "0 4096 linear 98:0 2048");
    device("vg-pool_tdata", 1, 1, "LVM-x-tdata", "0 65536 linear 98:0 8192");
    device(
        "vg-pool-tpool",
        2,
        2,
        "LVM-" + "g".repeat(32) + POOL_ID + "-tpool",
        "0 65536 thin-pool 254:0 254:1 128 0 0");
    Files.write(node("vg-pool_tmeta"), withSnapshot(image));
    volumes.put("pool", lv("pool", "twi-aotz--", "thin-pool", 33_554_432, "", "", ""));
  }

  /// Adds an active volume of so many bytes.
  void active(String name, int id, String origin, byte[] content) throws IOException {
    inactive(name, id, origin, content.length);
    device(
        "vg-" + name,
        10 + id,
        0,
        "LVM-" + "g".repeat(32) + "v".repeat(32),
        "0 %d thin 254:2 %d".formatted(content.length / 512, id));
    Files.write(node("vg-" + name), content);
  }

  void inactive(String name, int id, String origin, long size) {
    volumes.put(name, lv(name, "Vwi-a-tz--", "thin", size, origin, "pool", Integer.toString(id)));
  }

  /// Puts a line in the place of what lvs says of a volume.
  void volume(String name, String line) {
    volumes.put(name, line);
  }

  static String lv(
      String name,
      String attributes,
      String type,
      long size,
      String origin,
      String pool,
      String id) {
    return """
        {"vg_name":"vg", "lv_name":"%s", "lv_attr":"%s", "segtype":"%s", "lv_size":"%d", \
        "origin":"%s", "pool_lv":"%s", "thin_id":"%s", "transaction_id":"TRANSACTION", \
        "lv_merging":"0"}"""
        .formatted(name, attributes, type, size, origin, pool, id);
  }

  void table(String name, String table) {
    var old = Objects.requireNonNull(devices.get(name));
    devices.put(name, new Device(old.minor(), old.opens(), old.uuid(), table));
  }

  void opened(String name) {
    var old = Objects.requireNonNull(devices.get(name));
    devices.put(name, new Device(old.minor(), old.opens() + 1, old.uuid(), old.table()));
  }

  /// Sets the words of the pool's status behind the held root.
  void state(String words) {
    state = words;
  }

  void thinStatus(String words) {
    thinStatus = words;
  }

  /// Sets the transaction that LVM believes in.
  void transaction(long number) {
    transaction = number;
  }

  /// Has somebody else hold the metadata snapshot.
  void held(String root) {
    held = root;
  }

  String held() {
    return held;
  }

  /// Sets how `dmsetup message` ends, and whether the kernel does as it is told all the same.
  void answer(int status, String complaint, boolean obeys) {
    answer = new Outcome(status, "", complaint);
    reserves = obeys;
  }

  List<String> messages() {
    return List.copyOf(messages);
  }

  int root() {
    return root;
  }

  Path node(String name) {
    return dev.resolve("mapper").resolve(name);
  }

  ThinVolumes volumes() {
    return new ThinVolumes(this, dev, locks(), this);
  }

  Path locks() {
    return dev.resolveSibling("locks");
  }

  @Override
  public Optional<DeviceNumber> of(Path path) {
    return Optional.ofNullable(nodes.get(path));
  }

  @Override
  public Outcome run(List<String> command) {
    return switch (command.get(0) + " " + command.get(1)) {
      case "dmsetup info" -> printed(info());
      case "dmsetup table" -> printed(tables());
      case "dmsetup status" -> printed(status(command.get(3)));
      case "dmsetup message" -> message(command);
      case "lvs -a" -> lvs(command.getLast());
      default -> throw new AssertionError(command);
    };
  }

  private void device(String name, int minor, int opens, String uuid, String table)
      throws IOException {
    devices.put(name, new Device(minor, opens, uuid, table));
    Files.write(node(name), new byte[0]);
    nodes.put(node(name), new DeviceNumber(254, minor));
  }

  private byte[] withSnapshot(byte[] image) {
    var copy = Arrays.copyOf(image, image.length + 4096);
    System.arraycopy(image, 0, copy, image.length, 4096);
    return PoolImage.resealed(copy, root);
  }

  private Outcome message(List<String> command) {
    messages.add(command.get(4));
    if (command.get(4).equals("release_metadata_snap")) {
      held = "-";
      return printed("");
    }
    if (!command.get(4).equals("reserve_metadata_snap") || !held.equals("-")) {
      return new Outcome(1, "", "Device or resource busy");
    }
    held = reserves ? Integer.toString(root) : "-";
    return answer;
  }

  private String status(String name) {
    return name.equals("vg-pool-tpool")
        ? "0 65536 thin-pool 7 64/512 31/1024 %s %s\n".formatted(held, state)
        : "0 2048 thin %s\n".formatted(thinStatus);
  }

  private String info() {
    var text = new StringBuilder();
    devices.forEach(
        (name, device) ->
            text.append(
                "254|%d|%d|Active|%s|%s\n"
                    .formatted(device.minor(), device.opens(), device.uuid(), name)));
    return text.toString();
  }

  private String tables() {
    var text = new StringBuilder();
    devices.forEach((name, device) -> text.append(name + ": " + device.table() + "\n"));
    return text.toString();
  }

  private Outcome lvs(String group) {
    return group.equals("vg")
        ? printed(
            "{\"report\": [{\"lv\": [%s]}]}"
                .formatted(String.join(",\n", volumes.values()))
                .replace("TRANSACTION", Long.toString(transaction)))
        : new Outcome(
            5, "{\"report\": [{\"lv\": []}]}", "Volume group \"%s\" not found".formatted(group));
  }

  private static Outcome printed(String text) {
    return new Outcome(0, text, "");
  }
}
