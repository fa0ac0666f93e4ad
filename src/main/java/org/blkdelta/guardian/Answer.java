package org.blkdelta.guardian;

/// What a guardian says, a JSON object in one line.
///
/// @param n the request's number; 0 if nobody asked
/// @param state what it is at
/// @param mark the state of the volumes that is held; 0 if none is
/// @param runs whether the source was on when it was looked at last
/// @param what why something that was wanted was not done; else empty
public record Answer(long n, State state, long mark, boolean runs, String what) {

  /// What a guardian is at.
  public enum State {
    /// The source is on, and nothing was asked.
    RUNNING,
    /// The source is asked to stop.
    STOPPING,
    /// The source is off.
    OFF,
    /// The source stays off: the destination may be started. The end.
    HANDED_OVER,
    /// The source is to be on again.
    RETURNING,
    /// The source is on. The end.
    RETURNED;

    /// Returns whether nothing follows.
    public boolean isEnd() {
      return this == HANDED_OVER || this == RETURNED;
    }
  }
}
