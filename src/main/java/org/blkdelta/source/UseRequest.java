package org.blkdelta.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.extent.Amounts;
import org.blkdelta.failure.UsageException;

/// What a user wants to be done about a source that somebody may still write to.
///
/// @param isLive whether it is read all the same
/// @param waitClosed how long is waited until nothing has it open, as the user wrote it; for ever
///     if that is nothing
public record UseRequest(boolean isLive, Optional<String> waitClosed) {

  /// Refuse it.
  public static final UseRequest USUAL = new UseRequest(false, Optional.empty());

  /// Returns how the source is treated.
  ///
  /// @param told told what is waited for, and what is worth knowing
  public SourceUse use(Consumer<String> told) throws UsageException {
    if (isLive && waitClosed.isPresent()) {
      throw new UsageException("--live and --wait-closed exclude each other; use one of them");
    }
    if (isLive) {
      return SourceUse.live(told);
    }
    return waitClosed.isEmpty()
        ? SourceUse.closed(told)
        : SourceUse.waiting(time(waitClosed.get()), told);
  }

  /// Returns the same for a run that writes nothing on another host: it does not wait there.
  public UseRequest rehearsed() {
    return new UseRequest(isLive || waitClosed.isPresent(), Optional.empty());
  }

  /// Returns it as words for a remote command line.
  public List<String> words() {
    var words = new ArrayList<String>();
    if (isLive) {
      words.add("--live");
    }
    waitClosed.ifPresent(
        time -> words.add(time.isEmpty() ? "--wait-closed" : "--wait-closed=" + seconds(time)));
    return words;
  }

  /// Returns a time as every version understands it; what is none, as it is, to be refused.
  private static String seconds(String time) {
    return Amounts.time(time).map(known -> "" + known.toSeconds()).orElse(time);
  }

  private static Optional<Duration> time(String text) throws UsageException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Amounts.time(text)
            .orElseThrow(() -> new UsageException("--wait-closed=" + text + ": " + Amounts.TIMES)));
  }
}
