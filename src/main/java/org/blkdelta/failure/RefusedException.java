package org.blkdelta.failure;

/// The destination must not or cannot be written. Nothing was written.
public final class RefusedException extends SyncException {

  private static final long serialVersionUID = 1;

  /// Creates one with a whole message (`who: where: what; what to do`).
  public RefusedException(String message) {
    super(message, null);
  }

  /// Creates one with a whole message and its cause.
  public RefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
