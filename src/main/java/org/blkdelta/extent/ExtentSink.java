package org.blkdelta.extent;

import java.io.IOException;

/// Takes extents one after the other.
@FunctionalInterface
public interface ExtentSink {

  /// Takes the next extent; the call returns when it is dealt with, so a slow sink slows the
  /// source.
  void accept(Extent extent) throws IOException;
}
