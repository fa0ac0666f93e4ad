package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceStack;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;

/// What writing to a mapped device would do to others, by device-mapper's tables: fill a snapshot,
/// or overwrite a pool.
public final class MappedUse {

  private final DeviceMapper deviceMapper;
  private final LvmTools lvmTools;
  private final Path sys;

  /// Creates one that knows by the sysfs at `sys` which devices are mapped.
  public MappedUse(DeviceMapper deviceMapper, LvmTools lvmTools, Path sys) {
    this.deviceMapper = deviceMapper;
    this.lvmTools = lvmTools;
    this.sys = sys;
  }

  /// Returns what speaks against writing to `device`.
  ///
  /// @param device its number, if it is a block device
  /// @param stack where it is
  public List<Use> of(Optional<DeviceNumber> device, DeviceStack stack) {
    if (stack.below().stream().noneMatch(this::isMapped)) {
      return List.of();
    }
    try {
      return new Tables(deviceMapper.devices(), deviceMapper.tables()).uses(device, stack);
    } catch (IOException | NumberFormatException fault) {
      var words =
          "may be a snapshot, an origin or a pool, which cannot be found out: %s; run as root with dmsetup installed"
              .formatted(SyncException.describe(fault));
      return List.of(new Use(Reason.UNKNOWN, words));
    }
  }

  /// Returns how many have a device open, in the kernel, in containers and in this process; empty
  /// if it is not mapped or that cannot be found out.
  public OptionalInt opens(DeviceNumber device) {
    if (!isMapped(device)) {
      return OptionalInt.empty();
    }
    try {
      return deviceMapper.devices().stream()
          .filter(each -> each.number().equals(device))
          .mapToInt(Device::opens)
          .findFirst();
    } catch (IOException | NumberFormatException unknown) {
      return OptionalInt.empty(); // the tables cannot be read then either, and that is refused
    }
  }

  /// Returns the thin device that a device is, if it is one.
  ///
  /// @throws IOException if that cannot be found out
  public Optional<ThinDevice> thin(DeviceNumber device) throws IOException {
    return isMapped(device)
        ? ThinDevice.of(device, deviceMapper.devices(), deviceMapper.tables())
        : Optional.empty();
  }

  /// Returns what is worth knowing of a thin volume that is written to: what becomes of its room,
  /// and which volumes were taken from it. These keep what they hold whatever is written to it, so
  /// that is no reason not to; but perhaps they are what somebody meant.
  public List<String> remarks(DeviceNumber device) {
    if (!isMapped(device)) {
      return List.of();
    }
    var remarks = new ArrayList<String>();
    try {
      var tables = new Tables(deviceMapper.devices(), deviceMapper.tables());
      ThinDevice.of(device, tables.devices(), tables.targets())
          .filter(thin -> !thin.isZeroing())
          .ifPresent(thin -> remarks.add(thick(thin)));
      var name = tables.thinVolume(device);
      if (name.isPresent()) {
        descendants(name.get()).ifPresent(remarks::add);
      }
    } catch (IOException | NumberFormatException fault) {
      remarks.add(
          "may be the origin of other thin volumes, which cannot be found out: "
              + SyncException.describe(fault));
    }
    return remarks;
  }

  private static String thick(ThinDevice thin) {
    var pool = Tables.poolName(thin.pool());
    var words =
        "its pool %s doesn't zero new blocks, so zeros are written and take up space"
            .formatted(pool);
    return thin.pool().isLvm() ? words + "; to keep it thin: lvchange -Zy " + pool : words;
  }

  private Optional<String> descendants(LvmName origin) throws IOException {
    var names =
        lvmTools.thinVolumes(origin.group()).stream()
            .filter(volume -> volume.isThin() && volume.origin().equals(origin.volume()))
            .map(volume -> volume.group() + "/" + volume.name())
            .sorted()
            .toList();
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "is the origin of %s, which %s what it was"
                .formatted(String.join(", ", names), names.size() == 1 ? "keeps" : "keep"));
  }

  /// Returns the origins of the snapshots that `stack` is or stands on. Overwriting one changes
  /// what its snapshots hold on to; if nothing can be found out, none is known.
  public Set<DeviceNumber> origins(DeviceStack stack) {
    if (stack.below().stream().noneMatch(this::isMapped)) {
      return Set.of();
    }
    try {
      return new Tables(deviceMapper.devices(), deviceMapper.tables()).origins(stack.below());
    } catch (IOException | NumberFormatException unknown) {
      return Set.of(); // the destination's own check says so
    }
  }

  private boolean isMapped(DeviceNumber device) {
    return Files.exists(sys.resolve("dev/block").resolve(device.toString()).resolve("dm"));
  }

  /// All devices and tables of one moment.
  private record Tables(List<Device> devices, List<Target> targets) {

    List<Use> uses(Optional<DeviceNumber> device, DeviceStack stack) {
      var uses = new LinkedHashSet<Use>();
      for (var below : devices) {
        if (stack.below().contains(below.number())) {
          boolean isItself = device.equals(Optional.of(below.number()));
          var prefix = isItself ? "is " : "stands on %s, ".formatted(name(below));
          snapshotOrOrigin(below, prefix, uses);
          if (isItself) {
            pool(below, uses);
          }
        }
      }
      return new ArrayList<>(uses);
    }

    /// Returns LVM's name of a thin volume, if the device is one.
    Optional<LvmName> thinVolume(DeviceNumber number) {
      return devices.stream()
          .filter(device -> device.number().equals(number) && device.isLvm())
          .filter(device -> targetsOf(device).stream().anyMatch(t -> t.type().equals("thin")))
          .map(device -> LvmName.ofMapped(device.name()))
          .findFirst();
    }

    private void snapshotOrOrigin(Device device, String prefix, Set<Use> uses) {
      for (var target : targetsOf(device)) {
        switch (target.type()) {
          case "snapshot" ->
              uses.add(
                  new Use(
                      Reason.SNAPSHOT,
                      "%sa snapshot%s, which writing fills"
                          .formatted(prefix, names(" of ", originsOf(target)))));
          case "snapshot-origin" -> {
            var snapshots = snapshotsOf(target);
            if (!snapshots.isEmpty()) {
              uses.add(
                  new Use(
                      Reason.ORIGIN,
                      "%sthe origin of %s%s, which writing fills"
                          .formatted(
                              prefix,
                              snapshots.size() == 1 ? "the snapshot" : "the snapshots",
                              names(" ", snapshots))));
            }
          }
          case "snapshot-merge" ->
              uses.add(
                  new Use(
                      Reason.ORIGIN, prefix + "an origin that a snapshot is being merged into"));
          default -> {}
        }
      }
    }

    private void pool(Device device, Set<Use> uses) {
      for (var target : targetsOf(device)) {
        if (target.type().equals("thin-pool")) {
          uses.add(new Use(Reason.POOL, "is the thin pool " + poolName(device)));
        } else if (!target.type().equals("thin")) {
          pools().stream()
              .filter(pool -> target.arguments().contains(pool.number().toString()))
              .forEach(
                  pool -> uses.add(new Use(Reason.POOL, "is the thin pool " + poolName(pool))));
        }
      }
      var number = device.number().toString();
      for (var pool : pools()) {
        for (var target : targetsOf(pool)) {
          int at = target.arguments().indexOf(number);
          if (at == 0 || at == 1) {
            uses.add(
                new Use(
                    Reason.POOL,
                    "has the %s of the thin pool %s"
                        .formatted(at == 0 ? "metadata" : "data", poolName(pool))));
          }
        }
      }
    }

    Set<DeviceNumber> origins(Set<DeviceNumber> of) {
      var found = new LinkedHashSet<DeviceNumber>();
      for (var device : devices) {
        if (of.contains(device.number())) {
          for (var target : targetsOf(device)) {
            if (target.type().equals("snapshot")) {
              originsOf(target).forEach(origin -> found.add(origin.number()));
            }
          }
        }
      }
      return found;
    }

    /// The first argument of a snapshot and of its origin is the device with the origin's blocks.
    private List<Device> originsOf(Target snapshot) {
      return with(snapshot, "snapshot-origin", "snapshot-merge");
    }

    private List<Device> snapshotsOf(Target origin) {
      return with(origin, "snapshot");
    }

    private List<Device> with(Target other, String... types) {
      var names = new LinkedHashSet<String>();
      for (var target : targets) {
        if (List.of(types).contains(target.type())
            && !target.arguments().isEmpty()
            && target.arguments().getFirst().equals(other.arguments().getFirst())) {
          names.add(target.device());
        }
      }
      return devices.stream().filter(device -> names.contains(device.name())).toList();
    }

    private List<Device> pools() {
      return devices.stream()
          .filter(device -> targetsOf(device).stream().anyMatch(t -> t.type().equals("thin-pool")))
          .toList();
    }

    private List<Target> targetsOf(Device device) {
      return targets.stream().filter(target -> target.device().equals(device.name())).toList();
    }

    private static String names(String before, List<Device> devices) {
      return devices.isEmpty()
          ? ""
          : before + String.join(", ", devices.stream().map(Tables::name).sorted().toList());
    }

    private static String poolName(Device pool) {
      return name(pool).replaceFirst("-tpool$", "");
    }

    /// Returns LVM's name of a device that is LVM's.
    private static String name(Device device) {
      return device.isLvm() ? LvmName.ofMapped(device.name()).toString() : device.name();
    }
  }
}
