package org.blkdelta.sync;

import java.io.IOException;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.wire.StreamHeader;

/// Makes every check of a destination and opens it. Nothing is written before it returns.
@FunctionalInterface
public interface DestinationOpener {

  /// Opens the destination for the stream that begins so; the caller closes the disk.
  ///
  /// @throws org.blkdelta.failure.RefusedException where a check fails
  WritableDisk open(StreamHeader header) throws IOException;
}
