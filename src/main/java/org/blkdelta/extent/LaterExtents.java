package org.blkdelta.extent;

import java.io.IOException;

/// The extents of a source from an offset on.
public final class LaterExtents extends ForwardingSource {

  private final long start;

  /// Creates one that reads them from `source`, which is closed with this.
  ///
  /// @param start the offset, in bytes; what lies before it is left out
  public LaterExtents(ChangeSource source, long start) {
    super(source);
    this.start = start;
  }

  @Override
  public void changes(ExtentSink sink) throws IOException {
    super.changes(
        extent -> {
          long from = Math.max(start, extent.offset());
          if (from < extent.end()) {
            sink.accept(new Extent(from, extent.end() - from, extent.kind()));
          }
        });
  }
}
