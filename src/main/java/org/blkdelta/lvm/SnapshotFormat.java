package org.blkdelta.lvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.linux.DeviceNumber;

/// A classic snapshot that is active. Whatever nothing else takes is taken for one, and refused as
/// one.
public final class SnapshotFormat implements SourceFormat {

  /// Where the new bytes are read, if not from the origin.
  public static final SourceOption DATA_SOURCE =
      SourceOption.name(
          "--data-source",
          "PATH",
          "Read the new bytes from PATH, a newer snapshot of the same origin.\n"
              + "So the origin can stay in use. For classic snapshots; with thin ones, see --since.");

  private final InstantSource clock;

  /// @param clock that of the host
  public SnapshotFormat(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public String words() {
    return "a classic LVM snapshot";
  }

  @Override
  public List<SourceOption> options() {
    return List.of(DATA_SOURCE);
  }

  @Override
  public boolean isOne(SourceRequest request) {
    return true;
  }

  /// The list of a snapshot only grows.
  @Override
  public boolean isGrowingFrom(Generation base) {
    return base.id().startsWith(SnapshotVolume.SCHEME);
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    if (Files.isRegularFile(request.file())) {
      throw new UsageException(
          request.name()
              + (isStore(request.file())
                  ? ": is a snapshot's exception store; name the origin that its changes are read from:"
                      + " --origin"
                  : ": is a file, with no list of changes; send all of it: blkdelta copy, or what"
                      + " differs: blkdelta verify --repair"));
    }
    checkKind(request.file());
    var snapshot =
        SnapshotSource.ofVolume(
            LvmVolumes.ofHost(),
            request.name(),
            request.settings().name(DATA_SOURCE),
            request.use(),
            request.warnings());
    return new OpenSource(snapshot, new SnapshotReport(snapshot::state, clock), true);
  }

  private static boolean isStore(Path file) throws SourceException {
    try (var disk = FileDisk.forReading(file)) {
      return ExceptionStore.isOne(disk);
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// A volume's name may be that of a folder here, if it is relative.
  private static void checkKind(Path path) throws IOException {
    boolean isOther = Files.exists(path) && DeviceNumber.of(path).isEmpty();
    if (isOther && (path.isAbsolute() || !Files.isDirectory(path))) {
      throw new SourceException(path + ": is neither a block device nor a file; name one");
    }
  }
}
