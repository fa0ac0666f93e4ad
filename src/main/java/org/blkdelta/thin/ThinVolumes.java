package org.blkdelta.thin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.extent.Admission;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.DeviceMapper;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools;
import org.blkdelta.host.LvmTools.ThinVolume;
import org.blkdelta.host.VolumeAdvice;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceNumbers;

/// Finds thin volumes and their pool by the names that users have for them: `VG/LV`, `/dev/VG/LV`,
/// `/dev/mapper/VG-LV`, `/dev/dm-N`. LVM says which numbers they have in their pool, the kernel's
/// tables must agree.
public final class ThinVolumes {

  private static final int SECTOR = 512;

  /// Targets of volumes that are neither thin nor have a thin one below.
  private static final Set<String> PLAIN = Set.of("linear", "striped", "snapshot");

  /// Only root may write here, and it is gone after a reboot.
  private static final Path LOCKS = Path.of("/run/blkdelta");

  private final DeviceMapper deviceMapper;
  private final LvmTools lvmTools;
  private final Path nodes;
  private final DeviceNumbers numbers;
  private final Path locks;

  /// Creates one that asks by `commands`, finds device nodes below `nodes` (`/dev`), and locks
  /// pools in the folder `locks`.
  public ThinVolumes(Commands commands, Path nodes, Path locks) {
    this(commands, nodes, locks, DeviceNumber::of);
  }

  /// Returns those of this host.
  public static ThinVolumes ofHost() {
    return new ThinVolumes(new HostCommands(), Path.of("/dev"), LOCKS);
  }

  ThinVolumes(Commands commands, Path nodes, Path locks, DeviceNumbers numbers) {
    this.deviceMapper = new DeviceMapper(commands, nodes, numbers);
    this.lvmTools = new LvmTools(commands);
    this.nodes = nodes;
    this.numbers = numbers;
    this.locks = locks;
  }

  /// Returns whether LVM knows a thin volume by this name.
  ///
  /// @throws SourceException if what LVM says cannot be read
  public boolean isThin(String name) throws SourceException {
    try {
      var volume = name(name);
      if (volume.isEmpty() || volume.get().volume().isEmpty() || isPlain(volume.get())) {
        return false;
      }
      var group = new ThinGroup(lvmTools.thinVolumes(volume.get().group()), volume.get());
      return group.volume(group.asked()).filter(ThinVolume::isThin).isPresent();
    } catch (SourceException unreadable) {
      throw unreadable;
    } catch (IOException unknown) {
      return false; // whoever looks for another kind of volume says what is wrong
    }
  }

  /// Returns whether the kernel already shows that a volume is not thin. LVM takes far longer.
  private boolean isPlain(LvmName volume) throws IOException {
    var table = deviceMapper.table(volume.mapped());
    return !table.isEmpty() && table.stream().allMatch(each -> PLAIN.contains(each.type()));
  }

  DeviceMapper deviceMapper() {
    return deviceMapper;
  }

  Path locks() {
    return locks;
  }

  /// Finds two volumes of one pool, and the devices that they are read by.
  ///
  /// @param olderName empty if `name` is a snapshot, and the change from it to its origin is
  ///     meant
  /// @throws SourceException saying why, if they are none, or cannot be compared
  ThinPair pair(Optional<String> olderName, String name) throws IOException {
    return looked(
        name,
        () -> {
          var group = group(name);
          var named = group.thin(name);
          return olderName.isPresent()
              ? pair(sameGroup(olderName.get(), group).thin(olderName.get()), named, group)
              : pair(named, group.origin(named, name), group);
        });
  }

  /// Finds one volume by itself; it is both volumes of the pair.
  ThinPair alone(String name) throws IOException {
    return looked(
        name,
        () -> {
          var group = group(name);
          var volume = group.thin(name);
          return active(volume, volume, false, group.externalOrigin(volume).isPresent(), group);
        });
  }

  /// Finds two volumes as [#pair(Optional, String)] does, once nobody stands in the way of reading
  /// the newer one.
  ThinPair pair(Optional<String> olderName, String name, Admission admission) throws IOException {
    var found = pair(olderName, name);
    return admitted(found, admission) ? found : pair(olderName, name);
  }

  /// Finds one volume by itself, once nobody stands in the way of reading it.
  ThinPair alone(String name, Admission admission) throws IOException {
    var found = alone(name);
    return admitted(found, admission) ? found : alone(name);
  }

  /// Returns whether what was found is still as it was: it may have been waited for long.
  private static boolean admitted(ThinPair found, Admission admission) throws IOException {
    if (!found.newer().isReadOnly()) {
      admission.admit(found.path());
    }
    return found.newer().isReadOnly() || found.device().opens() == 0;
  }

  private interface Look {
    ThinPair find() throws IOException;
  }

  private static ThinPair looked(String name, Look look) throws IOException {
    try {
      return look.find();
    } catch (SyncException told) {
      throw told;
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException fault) {
      throw VolumeAdvice.unanswered(name, fault);
    }
  }

  private ThinPair pair(ThinVolume older, ThinVolume newer, ThinGroup group) throws IOException {
    var olderName = name(older);
    var newerName = name(newer);
    if (olderName.equals(newerName)) {
      throw new SourceException(newerName + ": is both the older and the newer volume; name two");
    }
    if (!older.pool().equals(newer.pool())) {
      throw new SourceException(
          "%s: is in another pool than %s, so they share nothing; name two volumes of one pool"
              .formatted(olderName, newerName));
    }
    for (var one : List.of(older, newer)) {
      if (one.merging()) {
        throw new SourceException(
            "%s/%s: is being merged into its origin; wait for that"
                .formatted(one.group(), one.name()));
      }
    }
    var external = group.externalOrigin(newer);
    if (!external.equals(group.externalOrigin(older))) {
      throw new SourceException(
          "%s: has another external origin than %s, so that more differs than the pool knows; copy the whole volume instead"
              .formatted(olderName, newerName));
    }
    return active(older, newer, group.descends(newer, older), external.isPresent(), group);
  }

  private ThinPair active(
      ThinVolume older, ThinVolume newer, boolean descends, boolean external, ThinGroup group)
      throws IOException {
    var devices = deviceMapper.devices();
    var tables = deviceMapper.tables();
    var newerName = name(newer);
    var device =
        named(devices, newerName.mapped())
            .orElseThrow(
                () ->
                    new SourceException(
                        "%s: is not active; activate it: lvchange -ay -K %s"
                            .formatted(newerName, newerName)));
    var line = thinLine(newer, tables).orElseThrow(() -> disagree(newerName));
    checkLine(newer, line, external);
    var olderDevice = named(devices, name(older).mapped());
    if (olderDevice.isPresent()) {
      checkLine(older, thinLine(older, tables).orElseThrow(() -> disagree(name(older))), external);
    }
    var pool = numbered(devices, line.arguments().get(0), newerName);
    var poolLine = lines(tables, pool.name()).getFirst();
    if (!poolLine.type().equals("thin-pool")) {
      throw disagree(newerName);
    }
    var metadata = numbered(devices, poolLine.arguments().get(0), newerName);
    for (var part : List.of(device, pool, metadata)) {
      if (part.suspended()) {
        throw new SourceException(
            "%s: the device %s is suspended; resume it: dmsetup resume %s"
                .formatted(newerName, part.name(), part.name()));
      }
    }
    return new ThinPair(
        older,
        newer,
        descends,
        external,
        group.volume(newer.pool()).orElseThrow(() -> disagree(newerName)).transaction(),
        Math.multiplyExact(Long.parseLong(poolLine.arguments().get(2)), SECTOR),
        device,
        deviceMapper.node(device),
        olderDevice.isPresent()
            ? Optional.of(deviceMapper.node(olderDevice.get()))
            : Optional.empty(),
        pool,
        deviceMapper.node(metadata));
  }

  /// Returns the line of a volume's table; if the volume is the origin of a classic snapshot
  /// too, that of the layer below it.
  private static Optional<Target> thinLine(ThinVolume volume, List<Target> tables) {
    var name = name(volume).mapped();
    for (var device : List.of(name, name + "-real")) {
      var lines = lines(tables, device);
      if (lines.size() == 1 && lines.getFirst().type().equals("thin")) {
        return Optional.of(lines.getFirst());
      }
    }
    return Optional.empty();
  }

  /// Arguments: the pool's device, the volume's number, and the external origin where it has one.
  private static void checkLine(ThinVolume volume, Target line, boolean external)
      throws SourceException {
    var words = line.arguments();
    if (Integer.parseInt(words.get(1)) != volume.thinId()
        || line.lengthSectors() * SECTOR != volume.size()
        || (words.size() > 2) != external) {
      throw disagree(name(volume));
    }
  }

  private static SourceException disagree(LvmName volume) {
    return new SourceException(
        volume
            + ": LVM and the kernel say different things of it; was it changed just now? run again,"
            + " or see: lvs, dmsetup table");
  }

  private static LvmName name(ThinVolume volume) {
    return new LvmName(volume.group(), volume.name());
  }

  /// Asks LVM for the whole group that a name lies in, once.
  private ThinGroup group(String text) throws IOException {
    var name = named(text);
    return new ThinGroup(lvmTools.thinVolumes(name.group()), name);
  }

  /// Returns the group with another volume asked for.
  private ThinGroup sameGroup(String text, ThinGroup group) throws IOException {
    var name = named(text);
    if (!name.group().equals(group.name().group())) {
      throw new SourceException(
          "%s: is in another group than %s, so they share nothing; name two volumes of one pool"
              .formatted(text, group.name()));
    }
    return new ThinGroup(group.volumes(), name);
  }

  private LvmName named(String text) throws IOException {
    return name(text)
        .filter(found -> !found.volume().isEmpty())
        .orElseThrow(
            () -> new SourceException(text + ": no such volume; name one as VG/LV (see lvs)"));
  }

  private Optional<LvmName> name(String text) throws IOException {
    var path = Path.of(text);
    if (path.isAbsolute() && Files.exists(path)) {
      var number = numbers.of(path);
      return deviceMapper.devices().stream()
          .filter(device -> number.equals(Optional.of(device.number())))
          .filter(Device::isLvm)
          .findFirst()
          .map(device -> LvmName.ofMapped(device.name()));
    }
    var mapper = nodes + "/mapper/";
    return text.startsWith(mapper)
        ? Optional.of(LvmName.ofMapped(text.substring(mapper.length())))
        : LvmName.parse(text);
  }

  private static Optional<Device> named(List<Device> devices, String name) {
    return devices.stream().filter(device -> device.name().equals(name)).findFirst();
  }

  private static Device numbered(List<Device> devices, String number, LvmName volume)
      throws SourceException {
    var wanted = DeviceNumber.parse(number);
    return devices.stream()
        .filter(device -> device.number().equals(wanted))
        .findFirst()
        .orElseThrow(() -> disagree(volume));
  }

  private static List<Target> lines(List<Target> tables, String device) {
    return tables.stream().filter(line -> line.device().equals(device)).toList();
  }
}
