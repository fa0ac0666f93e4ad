package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.blkdelta.disk.DeviceNumber;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.HostCommands;
import org.blkdelta.lvm.LvmVolumes;
import org.blkdelta.lvm.SnapshotSource;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.vmdk.FileKind;

/// Opens whatever the command line names as a source: the only place that knows all formats.
final class Sources {

  private Sources() {}

  /// Opens what is named; the caller closes it.
  ///
  /// @param ssh how another machine is reached, for files there
  static OpenSource open(List<String> names, SourceOptions options, SshOptions ssh, Streams streams)
      throws IOException {
    var locations = new ArrayList<Location>();
    for (var name : names) {
      locations.add(Location.parse(name));
    }
    if (locations.getFirst().isRemote()) {
      return new ChainSources(options, streams).openRemote(locations, ssh);
    }
    if (names.size() > 1) {
      checkFiles(names);
    }
    if (names.size() > 1 || (options.origin == null && isVirtualDisk(names.getFirst()))) {
      return new ChainSources(options, streams).open(names);
    }
    if (options.since != null) {
      throw new UsageException("--since goes with VMware snapshots; this one knows its own start");
    }
    var snapshot = snapshot(names.getFirst(), options, streams::warn);
    return new OpenSource(snapshot, new SnapshotReport(snapshot), () -> {});
  }

  private static void checkFiles(List<String> names) throws UsageException {
    for (var name : names) {
      if (!Files.isRegularFile(Path.of(name))) {
        throw new UsageException(
            name + ": several sources can only be the delta files of one VMware disk");
      }
    }
  }

  private static boolean isVirtualDisk(String name) throws IOException {
    var path = Path.of(name);
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (var file = FileDisk.forReading(path)) {
      return FileKind.of(file) != FileKind.RAW;
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the source cannot be read", fault);
    }
  }

  /// Opens a classic snapshot; the caller closes it.
  static SnapshotSource snapshot(String name, SourceOptions options, Consumer<String> warnings)
      throws IOException {
    var origin = options.origin;
    if (options.snapshotSize != null && options.snapshotSize <= 0) {
      throw new UsageException(
          "--snapshot-size=" + options.snapshotSize + ": give the size in bytes");
    }
    if (origin != null) {
      checkUnused(Path.of(name));
      var size =
          options.snapshotSize == null
              ? OptionalLong.empty()
              : OptionalLong.of(options.snapshotSize);
      var data = Optional.ofNullable(options.dataSource).map(Path::of);
      return SnapshotSource.ofStore(Path.of(name), origin, size, data, warnings);
    }
    if (options.snapshotSize != null) {
      throw new UsageException("--snapshot-size goes with --origin; a snapshot knows its size");
    }
    if (Files.isRegularFile(Path.of(name))) {
      throw new UsageException(
          name + ": is a file; name the origin that its changes are to be read from with --origin");
    }
    return SnapshotSource.ofVolume(
        new LvmVolumes(new HostCommands(), Path.of("/dev")),
        name,
        Optional.ofNullable(options.dataSource),
        warnings);
  }

  /// A store that an active snapshot works on says less than the kernel knows: name the snapshot.
  private static void checkUnused(Path store) throws IOException {
    if (DeviceNumber.of(store).isEmpty()) {
      return;
    }
    for (var use : Destinations.USES.of(store)) {
      throw new SourceException(
          "%s: %s, an active snapshot; name that as VG/SNAP, without --origin"
              .formatted(store, use.words()));
    }
  }
}
