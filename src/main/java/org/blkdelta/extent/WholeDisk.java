package org.blkdelta.extent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.PassingDisk;
import org.blkdelta.failure.SourceException;

/// A device or a file as it is, from its first byte to its last; a file's holes are known to be
/// zeros.
public final class WholeDisk implements ChangeSource {

  private final Path path;
  private final PassingDisk disk;
  private final FileTime modified;
  private final Lineage lineage;

  private WholeDisk(Path path, PassingDisk disk, FileTime modified, Lineage lineage) {
    this.path = path;
    this.disk = disk;
    this.modified = modified;
    this.lineage = lineage;
  }

  /// Opens a device or a file; the caller closes this. What others wrote is on the medium when this
  /// returns.
  ///
  /// @param generation that it is, where that has a name
  /// @throws SourceException where it cannot be opened
  public static WholeDisk open(Path path, Optional<Generation> generation) throws SourceException {
    try {
      DirectDisk.flush(path);
      var disk = PassingDisk.open(path);
      try {
        var modified = Files.getLastModifiedTime(path);
        return new WholeDisk(path, disk, modified, Lineage.whole(generation));
      } catch (IOException | RuntimeException fault) {
        disk.close();
        throw fault;
      }
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  @Override
  public Disk disk() {
    return disk;
  }

  @Override
  public Lineage lineage() {
    return lineage;
  }

  @Override
  public List<Path> standsOn() {
    return List.of(path);
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    long size = disk.size();
    for (long at = 0; at < size; ) {
      long data = nextData(at, size);
      if (data > at) {
        sink.accept(new Extent(at, data - at, Extent.Kind.ZERO));
      }
      at = nextHole(data, size);
      if (at > data) {
        sink.accept(new Extent(data, at - data, Extent.Kind.DATA));
      }
    }
    sink.finish();
    checkUnchanged();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }

  private long nextData(long at, long size) throws SourceException {
    try {
      return Math.min(size, disk.nextData(at));
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  private long nextHole(long at, long size) throws SourceException {
    try {
      return Math.min(size, disk.nextHole(at));
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// A device does not tell; of a file the kernel keeps the time.
  private void checkUnchanged() throws SourceException {
    try {
      if (Files.isRegularFile(path) && !Files.getLastModifiedTime(path).equals(modified)) {
        throw new SourceException(
            path + ": was written to while it was read; stop whatever writes to it, and run again");
      }
    } catch (SourceException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }
}
