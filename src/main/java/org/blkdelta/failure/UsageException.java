package org.blkdelta.failure;

/// The command line asks for something that does not exist or does not fit together. Nothing was
/// read or written.
public final class UsageException extends SyncException {

  private static final long serialVersionUID = 1;

  /// Creates one with a whole message (`who: where: what; what to do`).
  public UsageException(String message) {
    super(message, null);
  }

  /// Creates one with a whole message and its cause.
  public UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}
