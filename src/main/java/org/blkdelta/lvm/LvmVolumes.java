package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.WholeDisk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.DeviceMapper;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools;
import org.blkdelta.host.LvmTools.Volume;
import org.blkdelta.host.VolumeAdvice;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceNumbers;

/// Finds a classic snapshot and the devices around it from any of the names that users have for it:
/// `VG/SNAP`, `/dev/VG/SNAP`, `/dev/mapper/VG-SNAP`, `/dev/dm-N`. The devices are followed by their
/// numbers in the device-mapper tables, not by composing names.
public final class LvmVolumes {

  /// So many names fit into a message.
  private static final int MAX_LISTED = 12;

  private final DeviceMapper deviceMapper;
  private final LvmTools lvmTools;
  private final Path nodes;
  private final DeviceNumbers numbers;

  /// Creates one that asks by `commands` and finds device nodes below `nodes` (`/dev`).
  public LvmVolumes(Commands commands, Path nodes) {
    this(commands, nodes, DeviceNumber::of);
  }

  /// Returns those of this host.
  static LvmVolumes ofHost() {
    return new LvmVolumes(new HostCommands(), Path.of("/dev"));
  }

  LvmVolumes(Commands commands, Path nodes, DeviceNumbers numbers) {
    this.deviceMapper = new DeviceMapper(commands, nodes, numbers);
    this.lvmTools = new LvmTools(commands);
    this.nodes = nodes;
    this.numbers = numbers;
  }

  /// Opens all bytes of a device; the caller closes them. If it is a snapshot, as far as anybody
  /// can tell, they have its generation, and it is looked after while they are read.
  ///
  /// @param name the device as the user named it, `path` its node
  /// @throws SourceException if it cannot be opened
  public ChangeSource content(String name, Path path) throws SourceException {
    Optional<SnapshotVolume> snapshot;
    try {
      snapshot = isSnapshot(name) ? Optional.of(find(name)) : Optional.empty();
    } catch (IOException | NumberFormatException none) {
      snapshot = Optional.empty();
    }
    if (snapshot.isEmpty()) {
      return WholeDisk.open(path, Optional.empty());
    }
    var generation = snapshot.get().lineage(Optional.empty()).base();
    return new SnapshotContent(WholeDisk.open(path, generation), snapshot.get());
  }

  /// Returns whether the kernel has a snapshot there. LVM, which takes far longer, is not asked.
  private boolean isSnapshot(String name) throws IOException {
    var device = device(name, deviceMapper.devices());
    return device.isPresent()
        && deviceMapper.table(device.get().name()).stream()
            .anyMatch(target -> target.type().equals("snapshot"));
  }

  /// Returns the snapshot that `name` means.
  ///
  /// @throws SourceException saying why, if it is none or not usable
  SnapshotVolume find(String name) throws IOException {
    try {
      var devices = deviceMapper.devices();
      var found = device(name, devices);
      if (found.isEmpty()) {
        throw absent(name);
      }
      return snapshot(name, found.get(), devices);
    } catch (SyncException told) {
      throw told;
    } catch (IOException | NumberFormatException fault) {
      throw VolumeAdvice.unanswered(name, fault);
    }
  }

  /// Checks that the origin of a snapshot is a volume with bytes of its own.
  ///
  /// @throws SourceException saying what is wrong with it
  void checkOrigin(SnapshotVolume snapshot, String name) throws IOException {
    try {
      var layers = new OriginLayers(deviceMapper.devices(), deviceMapper.tables());
      layers.check(name, snapshot.origin(), snapshot.real());
    } catch (SyncException told) {
      throw told;
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException fault) {
      throw VolumeAdvice.unanswered(name, fault);
    }
  }

  /// Returns the newer snapshot that `name` means, or empty if it is the origin itself or
  /// nothing that is mapped (a copy in a file).
  ///
  /// @throws SourceException if its bytes would be the wrong ones
  Optional<SnapshotVolume> newer(SnapshotVolume older, String name) throws IOException {
    try {
      var device = device(name, deviceMapper.devices());
      return device.isEmpty() || older.isOrigin(device.get())
          ? Optional.empty()
          : Optional.of(checkedNewer(older, name, device.get()));
    } catch (SyncException told) {
      throw told;
    } catch (IOException | NumberFormatException fault) {
      throw VolumeAdvice.unanswered(name, fault);
    }
  }

  private SnapshotVolume checkedNewer(SnapshotVolume older, String name, Device device)
      throws IOException {
    var targets = deviceMapper.status(device.name());
    if (targets.size() != 1 || !targets.get(0).type().equals("snapshot")) {
      throw new SourceException(
          "%s: the data source is neither a snapshot of the origin of %s nor that origin; name one"
              .formatted(name, older.name()));
    }
    var found = find(name);
    if (found.isSameAs(older)) {
      throw new SourceException(
          name
              + ": the data source is the snapshot itself, which has the old bytes; name a newer"
              + " one");
    }
    if (!found.isSnapshotOfSameOriginAs(older)) {
      throw new SourceException(
          "%s: the data source is a snapshot of another origin than %s"
              .formatted(name, older.name()));
    }
    if (found.isOlderThan(older)) {
      throw new SourceException(
          "%s: the data source is older than %s and has the old bytes; are the two exchanged?"
              .formatted(name, older.name()));
    }
    return found;
  }

  private Optional<Device> device(String name, List<Device> devices) throws IOException {
    var path = Path.of(name);
    if (path.isAbsolute() && Files.exists(path)) {
      var number = numbers.of(path);
      return devices.stream().filter(d -> number.equals(Optional.of(d.number()))).findFirst();
    }
    var mapped = mappedName(name);
    return devices.stream().filter(d -> d.name().equals(mapped)).findFirst();
  }

  /// Returns the device-mapper name.
  private String mappedName(String name) {
    if (name.startsWith(nodes + "/mapper/")) {
      return name.substring(nodes.toString().length() + "/mapper/".length());
    }
    return LvmName.parse(name).map(LvmName::mapped).orElse(name);
  }

  private SnapshotVolume snapshot(String name, Device device, List<Device> devices)
      throws IOException {
    var tables = deviceMapper.tables();
    var lines = tables.stream().filter(line -> line.device().equals(device.name())).toList();
    if (lines.size() != 1 || !lines.get(0).type().equals("snapshot")) {
      throw notASnapshot(name, lines, tables);
    }
    var arguments = lines.get(0).arguments();
    checkStoreType(name, arguments);
    var real = numbered(name, arguments.get(0), devices);
    var store = numbered(name, arguments.get(1), devices);
    var origin = origin(name, real, tables, devices);
    for (var part : List.of(device, origin, real, store)) {
      if (part.suspended()) {
        throw new SourceException(
            "%s: the device %s is suspended; resume it: dmsetup resume %s"
                .formatted(name, part.name(), part.name()));
      }
    }
    var created = createdByLvm(name, device);
    return new SnapshotVolume(
        deviceMapper,
        part(device),
        part(origin),
        part(real),
        part(store),
        lines.get(0).lengthSectors(),
        Long.parseLong(arguments.get(3)),
        created);
  }

  private SnapshotVolume.Part part(Device device) throws IOException {
    return new SnapshotVolume.Part(device, deviceMapper.node(device));
  }

  /// Arguments: origin, store, type, chunk size in sectors, then a count and features.
  private static void checkStoreType(String name, List<String> arguments) throws IOException {
    if (arguments.size() < 4 || !List.of("P", "PO").contains(arguments.get(2))) {
      throw new SourceException(
          name + ": keeps its exceptions in memory only; make the snapshot with LVM");
    }
    if (arguments.contains("discard_passdown_origin")) {
      throw new SourceException(
          name
              + ": the snapshot passes discards to its origin (discard_passdown_origin) without"
              + " recording them, so its list of changes is not complete; make the snapshot with"
              + " LVM");
    }
  }

  private Device origin(String name, Device real, List<Target> tables, List<Device> devices)
      throws IOException {
    var number = real.number().toString();
    for (var line : tables) {
      if (line.arguments().isEmpty() || !line.arguments().get(0).equals(number)) {
        continue;
      }
      if (line.type().equals("snapshot-merge")) {
        throw merging(name);
      }
      if (line.type().equals("snapshot-origin")) {
        return devices.stream()
            .filter(d -> d.name().equals(line.device()))
            .findFirst()
            .orElseThrow();
      }
    }
    throw new SourceException(
        name + ": its origin is not active; activate it: lvchange -ay VG/ORIGIN");
  }

  private static Device numbered(String name, String number, List<Device> devices)
      throws IOException {
    var wanted = DeviceNumber.parse(number);
    return devices.stream()
        .filter(device -> device.number().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new SourceException(
                    name
                        + ": stands on the device "
                        + number
                        + ", which is not a mapped one; give"
                        + " the store and --origin instead"));
  }

  /// Asks LVM too, if the snapshot is LVM's: it knows of a merge that waits for the next
  /// activation, and when the snapshot was made.
  private OptionalLong createdByLvm(String name, Device device) throws IOException {
    if (!device.isLvm()) {
      return OptionalLong.empty();
    }
    var split = LvmName.ofMapped(device.name());
    for (var volume : lvmTools.volumes(split.group())) {
      if (volume.name().equals(split.volume())) {
        if (volume.merging()) {
          throw merging(name);
        }
        return volume.createdSeconds() == 0
            ? OptionalLong.empty()
            : OptionalLong.of(volume.createdSeconds());
      }
    }
    return OptionalLong.empty();
  }

  private static SourceException merging(String name) {
    return new SourceException(
        name
            + ": is being merged back into its origin (or will be at the next activation), so its"
            + " list does not tell what changed; wait for the merge, then make a new snapshot");
  }

  private SourceException notASnapshot(String name, List<Target> lines, List<Target> tables) {
    var type = lines.isEmpty() ? "none" : lines.get(0).type();
    if (type.equals("error") && tables.stream().anyMatch(l -> l.type().equals("snapshot-merge"))) {
      return merging(name);
    }
    return new SourceException(
        switch (type) {
          case "snapshot-origin", "snapshot-merge" ->
              name + ": is an origin; name one of its snapshots (lvs -o lv_name,origin)";
          case "thin" ->
              name + ": is a thin volume, not a classic snapshot; name a thin one as VG/LV";
          default ->
              name
                  + ": is not a snapshot (its target is "
                  + type
                  + "); name one (lvs), or send what differs: blkdelta verify --repair";
        });
  }

  /// Says why there is no such device: LVM may know the volume although it is not active.
  private SourceException absent(String name) throws IOException {
    var parts = LvmName.parse(name);
    if (Files.exists(Path.of(name))) {
      return new SourceException(
          name
              + ": is not a mapped device; name a snapshot as VG/SNAP, or send all of it: blkdelta copy,"
              + " or what differs: blkdelta verify --repair");
    }
    if (parts.isEmpty()) {
      return new SourceException(
          "%s: no such file, and no mapped device of that name; name a snapshot as VG/SNAP; active here: %s"
              .formatted(name, listed(activeSnapshots())));
    }
    var volumes = lvmTools.volumes(parts.get().group());
    for (var volume : volumes) {
      if (volume.name().equals(parts.get().volume())) {
        return volume.merging() ? merging(name) : new SourceException(why(name, volume));
      }
    }
    var visible = volumes.stream().filter(Volume::isVisible).map(Volume::name).sorted().toList();
    return new SourceException(
        "%s: the group %s has no such volume; it has: %s"
            .formatted(name, parts.get().group(), listed(visible)));
  }

  private List<String> activeSnapshots() throws IOException {
    return deviceMapper.tables().stream()
        .filter(line -> line.type().equals("snapshot"))
        .map(line -> LvmName.ofMapped(line.device()).toString())
        .sorted()
        .toList();
  }

  private static String listed(List<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    int shown = Math.min(names.size(), MAX_LISTED);
    var more = names.size() > shown ? " and %d more (lvs)".formatted(names.size() - shown) : "";
    return String.join(", ", names.subList(0, shown)) + more;
  }

  private static String why(String name, Volume volume) {
    if (volume.isThin()) {
      return name + ": is a thin volume, not a classic snapshot; name a thin one as VG/LV";
    }
    return volume.isClassicSnapshot()
        ? name
            + ": is not active; activate it: lvchange -ay -y "
            + volume.group()
            + "/"
            + volume.name()
        : name + ": is not a snapshot; name one (lvs -o lv_name,origin)";
  }
}
