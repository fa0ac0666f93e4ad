package org.blkdelta.cli;

import java.io.IOException;
import java.util.Locale;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.sync.BaseCheck;
import org.blkdelta.sync.Start;
import org.blkdelta.wire.Answer;
import org.jspecify.annotations.Nullable;

/// How somebody wants to find out whether a destination is what the changes start from.
enum Base {
  /// Not at all.
  ASSUME,
  /// By comparing a sample of what did not change.
  SAMPLE,
  /// By comparing all that did not change.
  FULL;

  /// Returns how a sender begins.
  ///
  /// @param wanted what somebody said, if anybody
  /// @param ready what the receiver knows
  static Start start(@Nullable Base wanted, Answer.Ready ready, ChangeSource source)
      throws IOException {
    return ready.resumeAt() > 0
        ? new Start(ready.resumeAt(), BaseCheck.NONE)
        : new Start(0, check(wanted, ready.base(), source));
  }

  private static BaseCheck check(@Nullable Base wanted, Answer.Base known, ChangeSource source)
      throws IOException {
    if (wanted == FULL) {
      return BaseCheck.FULL;
    }
    if (wanted != ASSUME && known != Answer.Base.ANY && source.doubt().isPresent()) {
      throw new RefusedException(
          source.doubt().get() + "; compare all that did not change: --base=full");
    }
    boolean isRight = known == Answer.Base.RIGHT && wanted == null;
    return known == Answer.Base.ANY || (isRight && source.unchanged().isEmpty())
        ? BaseCheck.NONE
        : BaseCheck.SAMPLE;
  }

  /// Returns the word that stands for it on a command line.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
