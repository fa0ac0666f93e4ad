package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceStack;
import org.blkdelta.linux.DeviceUse;
import org.blkdelta.linux.Openers;
import org.blkdelta.linux.Openers.Opener;

/// Who could write to a device or file that is to be read: whoever has the device open in any way,
/// or the file for writing, other than this process.
public final class SourceUsers {

  private final DeviceMapper deviceMapper;
  private final Path proc;
  private final Path sys;

  /// Creates one that asks by `commands`, and looks below `nodes` (`/dev`), `proc` and `sys`.
  public SourceUsers(Commands commands, Path nodes, Path proc, Path sys) {
    this.deviceMapper = new DeviceMapper(commands, nodes, DeviceNumber::of);
    this.proc = proc;
    this.sys = sys;
  }

  /// Returns each use in words such as `is mounted at /srv`.
  public List<String> of(Path path) throws IOException {
    var found = new LinkedHashSet<String>();
    for (var use : new DeviceUse(proc, sys).of(path)) {
      found.add(use.words());
    }
    var number = DeviceNumber.of(path);
    var openers = new Openers(proc).of(DeviceStack.of(path, sys));
    for (var opener : openers) {
      if (!opener.isOwn() && (number.isPresent() || opener.isWriter())) {
        found.add("is opened by " + opener);
      }
    }
    long own = openers.stream().filter(Opener::isOwn).count();
    if (found.isEmpty() && number.isPresent() && opens(number.get()) > own) {
      found.add("is opened by the kernel or by a process that cannot be seen from here");
    }
    return new ArrayList<>(found);
  }

  /// Returns how many have a mapped device open; only of these it is told.
  private int opens(DeviceNumber number) throws IOException {
    if (Files.notExists(sys.resolve("dev/block").resolve(number + "/dm"))) {
      return 0;
    }
    Optional<Device> device =
        deviceMapper.devices().stream().filter(each -> each.number().equals(number)).findFirst();
    return device.map(Device::opens).orElse(0);
  }
}
