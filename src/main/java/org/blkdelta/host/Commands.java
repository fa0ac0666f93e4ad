package org.blkdelta.host;

import java.io.IOException;
import java.util.List;

/// Runs programs of this host to their end.
@FunctionalInterface
public interface Commands {

  /// What a program did.
  ///
  /// @param status its exit status
  /// @param out what it printed
  /// @param err its complaints, stripped
  record Outcome(int status, String out, String err) {

    /// Returns what it complained of, in one line.
    public String complaint() {
      return err.replace("\n", "; ");
    }
  }

  /// Runs a program, with nothing to read, in the C locale.
  ///
  /// @throws IOException if it cannot be started, takes too long or prints absurdly much
  Outcome run(List<String> command) throws IOException;
}
