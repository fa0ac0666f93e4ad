package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.LvmTools.Volume;
import org.blkdelta.linux.DeviceNumber;

/// What to do about a device that is not there, or may not be written to. Of its own volumes, only
/// LVM knows.
public final class VolumeAdvice {

  private final DeviceMapper deviceMapper;
  private final LvmTools lvmTools;
  private final Path nodes;
  private final Path sys;

  /// Creates one for the device nodes below `nodes` (`/dev`) and the sysfs at `sys`.
  public VolumeAdvice(DeviceMapper deviceMapper, LvmTools lvmTools, Path nodes, Path sys) {
    this.deviceMapper = deviceMapper;
    this.lvmTools = lvmTools;
    this.nodes = nodes;
    this.sys = sys;
  }

  /// Returns words for a fault that came of asking about a volume.
  ///
  /// @param name the volume as the user named it
  public static SourceException unanswered(String name, Exception fault) {
    var what =
        switch (fault) {
          case NeedsRootException denied -> "needs root; run as root, or with sudo";
          case NoSuchGroupException absent ->
              "no such file, and %s; check the spelling: vgs"
                  .formatted(SyncException.describe(absent));
          default ->
              isFile(name)
                  ? "no such file or device"
                  : "cannot be looked up: %s; see what lvs says"
                      .formatted(SyncException.describe(fault));
        };
    return new SourceException(name + ": " + what, fault);
  }

  /// Returns whether a name can only be that of a file, which isn't there.
  private static boolean isFile(String name) {
    return LvmName.parse(name).isEmpty() && Files.notExists(Path.of(name));
  }

  /// Returns why there is no device of a name, and what to do; empty if the name isn't that of a
  /// volume, or LVM cannot be asked.
  ///
  /// @param size of the volume that could be made, in bytes; empty if none is to be made
  public Optional<String> absent(String name, OptionalLong size) {
    var volume = volume(name);
    if (volume.isEmpty()) {
      return Optional.empty();
    }
    var group = volume.get().group();
    try {
      return Optional.of(
          known(volume.get())
              .map(VolumeAdvice::inactive)
              .orElseGet(() -> unknown(volume.get(), size)));
    } catch (NoSuchGroupException absent) {
      // a file may be meant if its folder is there: other programs have folders below /dev, too
      var path = Path.of(name);
      var folder = path.isAbsolute() ? nodes.resolve(group) : path.getParent();
      return folder != null && Files.notExists(folder)
          ? Optional.of(
              (path.isAbsolute() ? "" : "no such file, and ")
                  + SyncException.describe(absent)
                  + "; check the spelling: vgs")
          : Optional.empty();
    } catch (IOException unanswered) {
      return Optional.empty();
    }
  }

  /// Returns how to make a device writable that is read-only.
  public String writable(Path path, DeviceNumber device) {
    var volume = mapped(device);
    if (volume.isPresent()) {
      return writable(path, volume.get());
    }
    boolean isLoop = Files.exists(sys.resolve("dev/block/" + device).resolve("loop"));
    return "make it writable: blockdev --setrw %s; %s"
        .formatted(
            path,
            isLoop
                ? "if it was attached by losetup -r, attach it again without -r"
                : "if that does not help, the disk itself is write-protected");
  }

  private String writable(Path path, LvmName volume) {
    return switch (permission(volume)) {
      case 'w' -> "make it writable: blockdev --setrw " + path;
      case 'R' ->
          "lvm.conf has it in read_only_volume_list; take it out: then lvchange --refresh "
              + volume;
      default -> "make it writable: lvchange -prw " + volume;
    };
  }

  /// Returns the letter for it in lv_attr, see lvs(8): `w`, `r`, or `R` if it is activated
  /// read-only although it may be written to. Most often it is `r`; so that is taken if LVM doesn't
  /// answer.
  private char permission(LvmName name) {
    try {
      return known(name)
          .map(Volume::attributes)
          .filter(letters -> letters.length() > 1)
          .map(letters -> letters.charAt(1))
          .orElse('r');
    } catch (IOException unanswered) {
      return 'r';
    }
  }

  private Optional<LvmName> mapped(DeviceNumber number) {
    try {
      return deviceMapper.devices().stream()
          .filter(device -> device.number().equals(number) && device.isLvm())
          .findFirst()
          .map(Device::name)
          .map(LvmName::ofMapped);
    } catch (IOException | NumberFormatException unanswered) {
      return Optional.empty();
    }
  }

  private Optional<LvmName> volume(String name) {
    var mapper = nodes + "/mapper/";
    if (name.startsWith(mapper)) {
      return Optional.of(LvmName.ofMapped(name.substring(mapper.length())))
          .filter(found -> !found.volume().isEmpty());
    }
    return LvmName.parse(name);
  }

  private Optional<Volume> known(LvmName name) throws IOException {
    return lvmTools.volumes(name.group()).stream()
        .filter(volume -> volume.name().equals(name.volume()))
        .findFirst();
  }

  private static String inactive(Volume volume) {
    return "is not active; activate it: lvchange -ay %s%s/%s"
        .formatted(volume.isSkipped() ? "-K " : "", volume.group(), volume.name());
  }

  private static String unknown(LvmName volume, OptionalLong size) {
    return "there is no volume %s in the group %s; %s"
        .formatted(
            volume.volume(),
            volume.group(),
            size.isPresent()
                ? "make it: lvcreate -L %db -n %s %s"
                    .formatted(size.getAsLong(), volume.volume(), volume.group())
                : "check the spelling: lvs " + volume.group());
  }
}
