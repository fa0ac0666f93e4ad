package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Tells which paths are block devices, and which ones. On a host that is [DeviceNumber#of].
@FunctionalInterface
public interface DeviceNumbers {

  /// Returns the number of the block device at `path`, or empty if it is another kind of file.
  Optional<DeviceNumber> of(Path path) throws IOException;
}
