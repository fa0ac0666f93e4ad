package org.blkdelta.failure;

/// Everything was sent, and perhaps written, but the destination never confirmed that it is
/// durable.
public final class UnconfirmedException extends SyncException {

  private static final long serialVersionUID = 1;

  /// Creates one with a whole message (`who: where: what; what to do`).
  public UnconfirmedException(String message) {
    super(message, null);
  }

  /// Creates one with a whole message and its cause.
  public UnconfirmedException(String message, Throwable cause) {
    super(message, cause);
  }
}
