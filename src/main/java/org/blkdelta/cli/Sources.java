package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
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
import org.blkdelta.source.RawDisks;
import org.blkdelta.thin.ThinSource;
import org.blkdelta.thin.ThinVolumes;
import org.blkdelta.vmdk.FileKind;

/// Opens whatever the command line names as a source: the only place that knows all formats.
final class Sources {

  private static final Path DEV = Path.of("/dev");

  /// Only root may write here, and it is gone after a reboot.
  static final Path LOCKS = Path.of("/run/blkdelta");

  /// A thin volume's number in its pool has 24 bits.
  private static final int MAX_THIN_ID = (1 << 24) - 1;

  private Sources() {}

  /// Opens what is named; the caller closes it.
  ///
  /// @param use what to do about a source that is in use
  /// @param ssh how another machine is reached, for files there
  static OpenSource open(
      List<String> names, SourceOptions options, SourceUse use, SshOptions ssh, Streams streams)
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
    if (names.size() > 1
        || (isWithoutVolume(options) && isVirtualDisk(Path.of(names.getFirst())))) {
      return new ChainSources(options, streams).open(names);
    }
    return volume(names.getFirst(), options, use, streams);
  }

  /// Opens a classic snapshot or a thin volume; the caller closes it.
  ///
  /// @param use what to do about a volume that is in use
  static OpenSource volume(String name, SourceOptions options, SourceUse use, Streams streams)
      throws IOException {
    checkSize(options);
    var opened = opened(name, options, use, streams);
    return checked(opened, Path.of(name), options.chain);
  }

  /// Returns an open source, or closes it when what is read of it is not a raw disk.
  static OpenSource checked(OpenSource opened, Path path, ChainOptions options) throws IOException {
    try {
      var disk = opened.changes().disk();
      if (options.raw) {
        RawDisks.checkNotEmpty(disk);
      } else {
        RawDisks.checkSource(disk, path, RawOption.NAME);
      }
      return opened;
    } catch (SyncException | RuntimeException fault) {
      opened.close();
      throw fault;
    } catch (IOException fault) {
      opened.close();
      throw SourceException.unreadable(fault);
    }
  }

  private static OpenSource opened(
      String name, SourceOptions options, SourceUse use, Streams streams) throws IOException {
    if (options.thinMetadata != null || options.from != null || options.to != null) {
      return thin(thinImage(name, options, use), use);
    }
    var volumes = new ThinVolumes(new HostCommands(), DEV, LOCKS);
    if (options.since != null || (options.origin == null && volumes.isThin(name))) {
      checkThin(name, options);
      var since = Optional.ofNullable(options.since);
      return thin(ThinSource.ofVolumes(volumes, since, name, use, streams::warn), use);
    }
    var snapshot = snapshot(name, options, use, streams::warn);
    return new OpenSource(
        new UsedSource(snapshot, use),
        new SnapshotReport(snapshot::state, InstantSource.system()),
        () -> {});
  }

  private static void checkFiles(List<String> names) throws UsageException {
    for (var name : names) {
      if (!Files.isRegularFile(Path.of(name))) {
        throw new UsageException(
            name + ": several sources can only be the delta files of one VMware disk");
      }
    }
  }

  /// Returns whether no option says that a source belongs to LVM.
  private static boolean isWithoutVolume(SourceOptions options) {
    return options.origin == null && options.thinMetadata == null;
  }

  /// Returns whether a file of this host is one of a VMware disk, and no image of the bytes.
  static boolean isVirtualDisk(Path path) throws SourceException {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (var file = FileDisk.forReading(path)) {
      return FileKind.of(file) != FileKind.RAW;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  private static OpenSource thin(ThinSource source, SourceUse use) {
    return new OpenSource(new UsedSource(source, use), new ThinReport(source.state()), () -> {});
  }

  private static SnapshotSource snapshot(
      String name, SourceOptions options, SourceUse use, Consumer<String> warnings)
      throws IOException {
    var origin = options.origin;
    if (origin != null) {
      checkUnused(Path.of(name), "an active snapshot; name that as VG/SNAP, without --origin");
      var data = Optional.ofNullable(options.dataSource).map(Path::of);
      return SnapshotSource.ofStore(Path.of(name), origin, size(options), data, use, warnings);
    }
    if (options.snapshotSize != null) {
      throw new UsageException("--snapshot-size goes with --origin; a snapshot knows its size");
    }
    if (Files.isRegularFile(Path.of(name))) {
      throw new UsageException(
          name + ": is a file; name the origin that its changes are to be read from with --origin");
    }
    checkKind(Path.of(name));
    return SnapshotSource.ofVolume(
        new LvmVolumes(new HostCommands(), DEV),
        name,
        Optional.ofNullable(options.dataSource),
        use,
        warnings);
  }

  /// A volume's name may be that of a folder here, if it is relative.
  private static void checkKind(Path path) throws IOException {
    boolean isOther = Files.exists(path) && DeviceNumber.of(path).isEmpty();
    if (isOther && (path.isAbsolute() || !Files.isDirectory(path))) {
      throw new SourceException(path + ": is neither a block device nor a file; name one");
    }
  }

  private static ThinSource thinImage(String content, SourceOptions options, SourceUse use)
      throws IOException {
    var image = options.thinMetadata;
    var from = options.from;
    var to = options.to;
    if (image == null || from == null || to == null) {
      throw new UsageException("--thin-metadata, --from and --to go together; give all three");
    }
    if (options.since != null || options.origin != null || options.dataSource != null) {
      throw new UsageException(
          "--thin-metadata goes with none of --since, --origin, --data-source");
    }
    for (int id : List.of(from, to)) {
      if (id < 0 || id > MAX_THIN_ID) {
        throw new UsageException(
            "%d: is no number of a thin volume; see: lvs -o thin_id".formatted(id));
      }
    }
    if (from.equals(to)) {
      throw new UsageException("--from and --to are the same volume; name two");
    }
    checkUnused(image, "an active pool; name its volumes as VG/LV, with --since");
    return ThinSource.ofMetadata(image, from, to, Path.of(content), size(options), use);
  }

  private static void checkThin(String name, SourceOptions options) throws UsageException {
    if (options.origin != null) {
      throw new UsageException("--since goes with a thin volume, --origin with an exception store");
    }
    if (options.dataSource != null) {
      throw new UsageException(
          "%s: is a thin volume; instead of --data-source NEW OLD, say: --since OLD NEW"
              .formatted(name));
    }
    if (options.snapshotSize != null) {
      throw new UsageException("--snapshot-size: a thin volume knows its size; leave it out");
    }
  }

  private static void checkSize(SourceOptions options) throws UsageException {
    if (options.snapshotSize != null && options.snapshotSize <= 0) {
      throw new UsageException(
          "--snapshot-size=" + options.snapshotSize + ": give the size in bytes");
    }
  }

  private static OptionalLong size(SourceOptions options) {
    return options.snapshotSize == null
        ? OptionalLong.empty()
        : OptionalLong.of(options.snapshotSize);
  }

  /// What the kernel works on says less than the kernel knows: name the volumes.
  private static void checkUnused(Path path, String instead) throws IOException {
    if (DeviceNumber.of(path).isEmpty()) {
      return;
    }
    for (var use : Destinations.USES.of(path)) {
      throw new SourceException("%s: %s, %s".formatted(path, use.words(), instead));
    }
  }
}
