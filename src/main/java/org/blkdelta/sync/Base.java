package org.blkdelta.sync;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.wire.Answer;

/// How somebody wants to find out whether a destination is what the changes start from.
public enum Base {
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
  public static Start start(Optional<Base> wanted, Answer.Ready ready, ChangeSource source)
      throws IOException {
    return ready.resumeAt() > 0
        ? new Start(ready.resumeAt(), BaseCheck.NONE)
        : new Start(0, check(wanted, ready.base(), source));
  }

  private static BaseCheck check(Optional<Base> wanted, Answer.Base known, ChangeSource source)
      throws IOException {
    if (wanted.equals(Optional.of(FULL))) {
      return BaseCheck.FULL;
    }
    if (!wanted.equals(Optional.of(ASSUME))
        && known != Answer.Base.ANY
        && source.doubt().isPresent()) {
      throw new RefusedException(
          source.doubt().get() + "; compare all that did not change: --base=full");
    }
    boolean isRight = known == Answer.Base.RIGHT && wanted.isEmpty();
    return known == Answer.Base.ANY || (isRight && source.unchanged().isEmpty())
        ? BaseCheck.NONE
        : BaseCheck.SAMPLE;
  }

  /// Returns the word that stands for it on a command line.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
