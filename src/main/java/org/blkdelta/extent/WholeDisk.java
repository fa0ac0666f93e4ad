package org.blkdelta.extent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.PassingDisk;
import org.blkdelta.disk.WriteWatch;
import org.blkdelta.failure.SourceException;

/// A device or a file as it is, from its first byte to its last; a file's holes are known to be
/// zeros.
public final class WholeDisk implements ChangeSource {

  private final Path path;
  private final PassingDisk disk;
  private final WriteWatch watch;
  private final Lineage lineage;

  private WholeDisk(Path path, PassingDisk disk, WriteWatch watch, Lineage lineage) {
    this.path = path;
    this.disk = disk;
    this.watch = watch;
    this.lineage = lineage;
  }

  /// Opens a device or a file; the caller closes this. What others wrote is on the medium when this
  /// returns.
  ///
  /// @param generation that it is, if that has a name
  /// @throws SourceException if it cannot be opened
  public static WholeDisk open(Path path, Optional<Generation> generation) throws SourceException {
    try {
      DirectDisk.flush(path);
      var watch = WriteWatch.of(path);
      return new WholeDisk(path, PassingDisk.open(path), watch, Lineage.whole(generation));
    } catch (SourceException told) {
      throw told;
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
  }

  @Override
  public void checkStillTrue() {
    // what is written to it while it is read is told by movedOn
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    return watch.isWritten()
        ? Optional.of(path + ": was written to while it was read")
        : Optional.empty();
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
}
