package org.blkdelta.compat;

import java.util.Optional;
import org.blkdelta.remote.Location;

/// What a command line of lvmsync's says to do.
sealed interface LvmsyncOrder {

  /// Write a stream to a device of this machine.
  ///
  /// @param stream a file, or - for standard input
  /// @param undo the file that is to keep what is overwritten
  record Apply(String stream, String device, Optional<String> undo) implements LvmsyncOrder {}

  /// Send what changed.
  ///
  /// @param dataSource where the new bytes are read, if not from the origin
  /// @param to a device here or on another machine; empty for standard output
  /// @param undo the file that is to keep what is overwritten, on the destination's machine
  record Send(
      String snapshot, Optional<String> dataSource, Optional<Location> to, Optional<String> undo)
      implements LvmsyncOrder {}
}
