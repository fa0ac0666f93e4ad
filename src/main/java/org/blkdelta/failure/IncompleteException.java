package org.blkdelta.failure;

/// Something was written, but not everything: the destination is neither old nor new until a run
/// completes.
public final class IncompleteException extends SyncException {

  private static final long serialVersionUID = 1;

  /// Creates one with a whole message (`who: where: what; what to do`).
  public IncompleteException(String message) {
    super(message, null);
  }

  /// Creates one with a whole message and its cause.
  public IncompleteException(String message, Throwable cause) {
    super(message, cause);
  }
}
