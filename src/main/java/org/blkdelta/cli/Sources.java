package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.blkdelta.vmdk.Access;
import org.blkdelta.vmdk.FileKind;
import org.blkdelta.vmdk.SnapshotChain;

/// Opens whatever the command line names as a source: the only place that knows all formats.
final class Sources {

  private Sources() {}

  /// Opens what is named; the caller closes it.
  static OpenSource open(List<String> names, SourceOptions options, Consumer<String> warnings)
      throws IOException {
    if (names.size() > 1) {
      checkFiles(names, options);
    }
    if (options.origin == null && (names.size() > 1 || isVirtualDisk(names.getFirst()))) {
      var chain = chain(names.stream().map(Path::of).toList(), options, warnings);
      return new OpenSource(chain, new ChainReport(chain));
    }
    if (options.since != null) {
      throw new UsageException("--since goes with VMware snapshots; this one knows its own start");
    }
    var snapshot = snapshot(names.getFirst(), options, warnings);
    return new OpenSource(snapshot, new SnapshotReport(snapshot));
  }

  private static void checkFiles(List<String> names, SourceOptions options) throws UsageException {
    for (var name : names) {
      if (options.origin != null || !Files.isRegularFile(Path.of(name))) {
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

  private static SnapshotChain chain(
      List<Path> files, SourceOptions options, Consumer<String> warnings) throws IOException {
    if (options.dataSource != null || options.snapshotSize != null) {
      throw new UsageException("--data-source and --snapshot-size go with LVM snapshots");
    }
    var access = access(options, warnings);
    var since = Optional.ofNullable(options.since).map(Path::of);
    if (files.size() == 1) {
      return SnapshotChain.open(files.getFirst(), since, access);
    }
    if (since.isPresent()) {
      throw new UsageException("--since goes with one SOURCE, whose parents are followed");
    }
    return SnapshotChain.ofFiles(files, access);
  }

  /// Returns how the files of VMware disks are opened, and what the user allowed.
  static Access access(SourceOptions options, Consumer<String> warnings) {
    return new Access(FileDisk::forReading, options.allowOutside, options.accept, warnings);
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
