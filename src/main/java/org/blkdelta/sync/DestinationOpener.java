package org.blkdelta.sync;

import java.io.IOException;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.wire.StreamHeader;

/// Makes every check of a destination and opens it, and is told how far the run on it has come.
/// Nothing is written before [#open] returns.
@FunctionalInterface
public interface DestinationOpener {

  /// Opens the destination for the stream that begins so; the caller closes the disk.
  ///
  /// @throws org.blkdelta.failure.RefusedException where a check fails
  WritableDisk open(StreamHeader header) throws IOException;

  /// Told once, before the first write; never in a dry run. A run without changes begins too.
  ///
  /// @param opened what [#open] returned
  /// @return what is written to from now on, which closes `opened` when it is closed
  /// @throws org.blkdelta.failure.RefusedException where a preparation fails; nothing was written
  default WritableDisk begin(WritableDisk opened) throws IOException {
    return opened;
  }

  /// Told once, when everything that the stream held is on the medium, and nobody has been told
  /// yet.
  default void complete() throws IOException {}
}
