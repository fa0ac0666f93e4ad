package org.blkdelta.failure;

import java.io.IOException;

/// The source or the change stream cannot be used. Nothing was written.
public final class SourceException extends SyncException {

  private static final long serialVersionUID = 1;

  /// Creates one with a whole message (`who: where: what; what to do`).
  public SourceException(String message) {
    super(message, null);
  }

  /// Creates one with a whole message and its cause.
  public SourceException(String message, Throwable cause) {
    super(message, cause);
  }

  /// Returns one for a fault that says what cannot be read, and where.
  public static SourceException unreadable(IOException fault) {
    return new SourceException(describe(fault) + "; the source cannot be read", fault);
  }
}
