package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.WholeDisk;
import org.blkdelta.host.HostCommands;
import org.blkdelta.lvm.LvmVolumes;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.thin.ThinContent;
import org.blkdelta.thin.ThinVolumes;

/// Opens whatever the command line names as a volume by itself, whole: what `copy` and `verify`
/// read.
final class WholeVolumes {

  /// Describes the parameter of the commands that have such a source.
  static final String SOURCE =
      "What to read, from its first byte to its last: a block device or a file, here or on another"
          + " machine ([USER@]HOST:PATH); an LVM volume or snapshot (VG/LV); a VMware disk, by the"
          + " newest link's file (vm-000002.vmdk).";

  private static final Path DEV = Path.of("/dev");

  private WholeVolumes() {}

  /// Opens a source that is here, or a VMware disk on another machine; the caller closes it.
  static OpenSource open(Location source, ChainOptions chain, SshOptions ssh, Streams streams)
      throws IOException {
    if (source.isRemote()) {
      return new ChainSources(SourceOptions.of(chain), streams).openWholeRemote(source, ssh);
    }
    return openHere(source.path(), chain, streams);
  }

  /// Opens a source of this host; the caller closes it.
  static OpenSource openHere(String name, ChainOptions chain, Streams streams) throws IOException {
    var path = path(name);
    if (!chain.raw && Sources.isVirtualDisk(path)) {
      return new ChainSources(SourceOptions.of(chain), streams).openWhole(path);
    }
    var use = SourceUse.warned(streams);
    var volume = new UsedSource(volume(name, path, use, streams), use);
    return Sources.checked(new OpenSource(volume, SourceReport.NONE, () -> {}), path, chain);
  }

  private static ChangeSource volume(String name, Path path, SourceUse use, Streams streams)
      throws IOException {
    if (Files.isRegularFile(path)) {
      use.admit(path);
      return WholeDisk.open(path, Optional.empty());
    }
    var volumes = new ThinVolumes(new HostCommands(), DEV, Sources.LOCKS);
    if (volumes.isThin(name)) {
      return ThinContent.ofVolume(volumes, name, use, streams::warn);
    }
    use.admit(path);
    return new LvmVolumes(new HostCommands(), DEV).content(name, path);
  }

  /// Returns the device of a volume that is named as LVM names it.
  private static Path path(String name) {
    var path = Path.of(name);
    var device = DEV.resolve(name);
    return !path.isAbsolute() && Files.notExists(path) && Files.exists(device) ? device : path;
  }
}
