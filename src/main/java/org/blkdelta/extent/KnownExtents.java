package org.blkdelta.extent;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Disk;

/// Some extents of a source's disk, which someone else has found: what is to be repaired. With the
/// others, which are there already, they are all of the disk.
public final class KnownExtents extends ForwardingSource {

  private final List<Extent> extents;

  /// Creates one that reads them from `source`, which is closed with this.
  ///
  /// @param extents ascending, not overlapping, inside the source's disk
  public KnownExtents(ChangeSource source, List<Extent> extents) {
    super(source);
    this.extents = List.copyOf(extents);
  }

  /// Returns the disk: whatever is not one of the extents was found to be the same there.
  @Override
  public Optional<Disk> unchanged() {
    return Optional.of(disk());
  }

  @Override
  public Optional<String> doubt() {
    return Optional.empty();
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    var runs = new ExtentRuns(disk().size(), sink);
    for (var extent : extents) {
      runs.accept(extent);
    }
    runs.finish();
  }
}
