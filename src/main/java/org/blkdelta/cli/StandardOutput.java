package org.blkdelta.cli;

import java.io.IOException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.FrameSink;

/// A stream that goes to standard output: a full disk or a closed pipe there is a failure.
final class StandardOutput {

  private StandardOutput() {}

  /// Puts the words for such a failure in front of what writes the stream.
  static FrameSink of(FrameSink writer) {
    return frame -> {
      try {
        writer.accept(frame);
      } catch (IOException fault) {
        throw new IncompleteException(
            "standard output: "
                + SyncException.describe(fault)
                + "; the stream is incomplete: make it again",
            fault);
      }
    };
  }
}
