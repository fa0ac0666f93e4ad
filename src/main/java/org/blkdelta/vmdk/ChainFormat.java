package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.RawNames;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;

/// A VMware disk, by the file of the newest link or by several deltas.
public final class ChainFormat implements SourceFormat {

  private static final SourceOption ACCEPT =
      SourceOption.choices(
          "--accept",
          "DOUBT",
          "Read a doubtful VMware disk: cid, unclean or flags.\n"
              + "Doubts are cid (the parent is not in the state that its child was made from), unclean (a file was not closed properly), flags (flags that no document explains).",
          Arrays.stream(Doubt.values()).map(Doubt::word).toList());

  private final boolean isWhole;

  /// @param isWhole whether all that the disk holds is read, and not what changed
  public ChainFormat(boolean isWhole) {
    this.isWhole = isWhole;
  }

  @Override
  public String words() {
    return "a VMware disk";
  }

  @Override
  public List<SourceOption> options() {
    return isWhole
        ? List.of(SourceOption.ALLOW_OUTSIDE, ACCEPT)
        : List.of(SourceOption.SINCE, SourceOption.ALLOW_OUTSIDE, ACCEPT);
  }

  @Override
  public boolean isOne(SourceRequest request) throws IOException {
    if (request.isRemote() || request.files().size() > 1) {
      return true;
    }
    return !(isWhole && request.isRaw()) && isVirtualDisk(request.file());
  }

  /// Returns whether a file of this host is one of a VMware disk, and no image of the bytes.
  public static boolean isVirtualDisk(Path path) throws SourceException {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (var file = FileDisk.forReading(path)) {
      return FileKind.of(file) != FileKind.RAW;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    if (!request.isRemote() && request.files().size() == 1) {
      RawNames.check(request.file(), "a file of a VMware disk", ".vmdk");
    }
    var chain = chain(request);
    return new OpenSource(chain, new ChainReport(chain), false);
  }

  private SnapshotChain chain(SourceRequest request) throws IOException {
    var access = access(request);
    if (isWhole) {
      return SnapshotChain.whole(request.file(), access);
    }
    if (request.files().size() == 1) {
      return SnapshotChain.open(request.file(), request.path(SourceOption.SINCE), access);
    }
    if (request.settings().has(SourceOption.SINCE)) {
      throw new UsageException("--since goes with one SOURCE, whose parents are followed");
    }
    for (var file : request.files()) {
      if (!request.isRemote() && !Files.isRegularFile(file)) {
        throw new UsageException(
            file + ": several sources can only be the delta files of one VMware disk");
      }
    }
    return SnapshotChain.ofFiles(request.files(), access);
  }

  /// Returns how files are opened, and what the user allowed.
  static FileAccess access(SourceRequest request) {
    var accepted = EnumSet.noneOf(Doubt.class);
    for (var doubt : Doubt.values()) {
      if (request.settings().chosen(ACCEPT).contains(doubt.word())) {
        accepted.add(doubt);
      }
    }
    return new FileAccess(
        request.opener()::open,
        request.settings().has(SourceOption.ALLOW_OUTSIDE),
        accepted,
        request.warnings());
  }
}
