package org.blkdelta.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceStack;
import org.blkdelta.linux.DeviceUse;

/// The devices of this host.
public final class HostDevices {

  private static final Path DEV = Path.of("/dev");
  private static final Path PROC = Path.of("/proc");
  private static final Path SYS = Path.of("/sys");

  /// Who uses them.
  public static final DeviceUse USES = new DeviceUse(PROC, SYS);

  /// What device-mapper knows of them.
  public static final MappedUse MAPPED = mapped(new HostCommands());

  /// What LVM advises about them.
  public static final VolumeAdvice ADVICE = advice(new HostCommands());

  private HostDevices() {}

  private static MappedUse mapped(Commands commands) {
    var mapper = new DeviceMapper(commands, DEV, DeviceNumber::of);
    return new MappedUse(mapper, new LvmTools(commands), SYS);
  }

  private static VolumeAdvice advice(Commands commands) {
    var mapper = new DeviceMapper(commands, DEV, DeviceNumber::of);
    return new VolumeAdvice(mapper, new LvmTools(commands), DEV, SYS);
  }

  /// Refuses to read beside the kernel what it works on: that says less than the kernel knows.
  ///
  /// @param instead what uses it, and what to name instead
  public static void checkUnused(Path path, String instead) throws IOException {
    if (DeviceNumber.of(path).isEmpty()) {
      return;
    }
    for (var use : USES.of(path)) {
      throw new SourceException("%s: %s, %s".formatted(path, use.words(), instead));
    }
  }

  /// Returns what sources stand on, their origins too, for the header of a live stream.
  ///
  /// @throws SourceException if one of them is gone
  public static BackingDevices backing(Collection<Path> sources) throws SourceException {
    try {
      var origins = new ArrayList<DeviceNumber>();
      var devices = BackingDevices.of(sources, PROC, SYS);
      for (var path : sources) {
        origins.addAll(MAPPED.origins(DeviceStack.of(path, SYS)));
      }
      return devices.with(origins);
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the source cannot be looked up", fault);
    }
  }
}
