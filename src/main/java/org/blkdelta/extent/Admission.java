package org.blkdelta.extent;

import java.io.IOException;
import java.nio.file.Path;

/// Decides about a device or file that is to be read, and that should stay as it is meanwhile.
@FunctionalInterface
public interface Admission {

  /// Returns if it may be read now. It may take its time, until nobody uses it.
  ///
  /// @throws IOException if it may not, or that cannot be found out
  void admit(Path path) throws IOException;
}
