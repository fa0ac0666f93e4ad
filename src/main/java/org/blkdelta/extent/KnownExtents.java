package org.blkdelta.extent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Disk;

/// Some extents of a source's disk, which someone else has found: what is to be repaired. With the
/// others, which are there already, they are all of the disk.
///
/// @param source what they are read from; closed with this
/// @param extents ascending, not overlapping, inside the source's disk
public record KnownExtents(ChangeSource source, List<Extent> extents) implements ChangeSource {

  @Override
  public Disk disk() {
    return source.disk();
  }

  @Override
  public Lineage lineage() {
    return source.lineage();
  }

  @Override
  public List<Path> standsOn() {
    return source.standsOn();
  }

  @Override
  public Optional<String> movedOn() throws IOException {
    return source.movedOn();
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    var runs = new ExtentRuns(disk().size(), sink);
    for (var extent : extents) {
      runs.accept(extent);
    }
    runs.finish();
    source.changes(extent -> {}); // which ends with the source's own checks of itself
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
