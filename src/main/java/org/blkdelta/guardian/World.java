package org.blkdelta.guardian;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// The machine that a guardian is on, as far as it needs it.
interface World {

  /// Whether the source's machine is on.
  enum Power {
    ON,
    OFF,
    /// The hook failed.
    UNKNOWN
  }

  /// Returns what names this run of the host's kernel.
  String bootId() throws IOException;

  /// Returns the seconds since it began. No clock that is set changes them.
  long seconds() throws IOException;

  /// Runs a hook, and returns why it failed, or empty if it did not.
  ///
  /// @param limitSeconds how long it may take
  Optional<String> run(List<String> hook, long limitSeconds);

  /// Asks whether the machine is on.
  Power power();

  /// Holds on to what the volumes are: from now on, writes to them are noticed.
  void mark() throws IOException;

  /// Returns why the volumes may not be any more what they were at the mark, or empty if they are.
  Optional<String> changed() throws IOException;
}
