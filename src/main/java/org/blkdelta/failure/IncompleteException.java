package org.blkdelta.failure;

/// Something was written, but not everything: the destination is neither old nor new until a run
/// completes.
public final class IncompleteException extends SyncException {

  private static final long serialVersionUID = 1;

  /// What to do about a failure that leaves it so, whatever it is.
  private static final String LEFT = "; don't use the destination until a run completes";

  /// Creates one with a whole message (`who: where: what; what to do`).
  public IncompleteException(String message) {
    super(message, null);
  }

  /// Creates one with a whole message and its cause.
  public IncompleteException(String message, Throwable cause) {
    super(message, cause);
  }

  /// Returns one of a failure after the first write: what to do is added.
  ///
  /// @param what failed (`who: where: what`)
  public static IncompleteException after(String what) {
    return new IncompleteException(what + LEFT);
  }

  /// Returns one of a failure after the first write, with its cause.
  public static IncompleteException after(String what, Throwable cause) {
    return new IncompleteException(what + LEFT, cause);
  }
}
