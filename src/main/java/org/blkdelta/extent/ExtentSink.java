package org.blkdelta.extent;

import java.io.IOException;

/// Takes extents one after the other.
@FunctionalInterface
public interface ExtentSink {

  /// Takes the next extent; the call returns when it is dealt with, so a slow sink slows the
  /// source.
  void accept(Extent extent) throws IOException;

  /// Told once that there is no further extent. What this sink still has to read from the source,
  /// it reads now: behind this call the source checks that it stayed true.
  default void finish() throws IOException {}
}
