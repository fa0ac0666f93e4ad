package org.blkdelta.run;

import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.report.Reporter;
import org.blkdelta.sync.Base;
import org.blkdelta.wire.Answer;

/// Whether one try goes on where an earlier run ended.
final class Resumption {

  private final boolean isAllowed;
  private final Reporter reporter;
  private boolean isResuming;

  private Resumption(boolean isAllowed, Reporter reporter) {
    this.isAllowed = isAllowed;
    this.reporter = reporter;
  }

  /// Returns that of a try.
  ///
  /// @param base how the destination is held against what the changes start from, if somebody said
  /// @param anew whether everything is to be sent
  static Resumption of(Optional<Base> base, boolean anew, Reporter reporter) {
    boolean isAllowed = base.isEmpty() || base.get() == Base.ASSUME;
    return new Resumption(isAllowed && !anew, reporter);
  }

  /// Returns what a destination is ready for, from its beginning if the run does not go on. Tells
  /// the user if it does.
  Answer.Ready of(Answer.Ready ready) {
    isResuming = isAllowed && ready.resumeAt() > 0;
    if (!isResuming) {
      return new Answer.Ready(0, ready.base());
    }
    reporter.news("resuming at " + Sizes.binary(ready.resumeAt()));
    return ready;
  }

  /// Returns whether it does.
  boolean isResuming() {
    return isResuming;
  }
}
