package org.blkdelta.failure;

/// The remote side could not be reached, authenticated or started. Nothing was written.
public final class ConnectionException extends SyncException {

  private static final long serialVersionUID = 1;

  /// Creates one with a whole message (`who: where: what; what to do`).
  public ConnectionException(String message) {
    super(message, null);
  }

  /// Creates one with a whole message and its cause.
  public ConnectionException(String message, Throwable cause) {
    super(message, cause);
  }
}
