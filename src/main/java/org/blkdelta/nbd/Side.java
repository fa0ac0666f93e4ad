package org.blkdelta.nbd;

import java.io.IOException;
import org.blkdelta.failure.SourceException;

/// What an export is to a run: it decides what a fault of its server means.
enum Side {
  /// It is read, and nothing can be made of it then.
  SOURCE,
  /// It is written; whether anything was by then, its user knows.
  DESTINATION;

  /// Returns a fault, to be thrown.
  ///
  /// @param message whole
  /// @param cause of it
  IOException fault(String message, Throwable cause) {
    return switch (this) {
      case SOURCE -> new SourceException(message, cause);
      case DESTINATION -> new IOException(message, cause);
    };
  }

  /// Returns a fault without a cause, to be thrown.
  ///
  /// @param message whole
  IOException fault(String message) {
    return switch (this) {
      case SOURCE -> new SourceException(message);
      case DESTINATION -> new IOException(message);
    };
  }
}
