package org.blkdelta.guardian;

/// What a guardian is asked, a JSON object in one line. It can be asked again.
///
/// @param n which request it is; its answer has the same number
/// @param mark of [Wish#HANDOVER] the number that an answer to [Wish#MARK] had; else 0
public record Request(long n, Wish wish, long mark) {

  /// What is wanted.
  public enum Wish {
    /// Nothing but that the lease goes on.
    BEAT,
    /// The machine is to be stopped.
    STOP,
    /// The machine is off: from now on, its volumes are not to be written to.
    MARK,
    /// The source is never to be started again by the guardian.
    HANDOVER,
    /// The source is to be started again.
    BACK
  }
}
