package org.blkdelta.extent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.MemoryDisk;

/// A source whose changes a test lists itself.
public final class ListedSource implements ChangeSource {

  private final Disk disk;
  private final List<Extent> extents;

  /// Creates one that reads `disk`, which is closed with it.
  public ListedSource(Disk disk, Extent... extents) {
    this.disk = disk;
    this.extents = List.of(extents);
  }

  /// Creates one on a disk in memory called `origin`.
  public ListedSource(byte[] content, Extent... extents) {
    this(new MemoryDisk("origin", content), extents);
  }

  @Override
  public Disk disk() {
    return disk;
  }

  @Override
  public Lineage lineage() {
    return Lineage.UNKNOWN;
  }

  @Override
  public List<Path> standsOn() {
    return List.of();
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    for (var extent : extents) {
      sink.accept(extent);
    }
  }

  @Override
  public void checkStillTrue() {}

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
