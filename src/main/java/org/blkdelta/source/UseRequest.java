package org.blkdelta.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.blkdelta.failure.UsageException;

/// What a user wants to be done about a source that somebody may still write to.
///
/// @param isLive whether it is read all the same
/// @param waitClosed how long is waited until nothing has it open, as the user wrote it; for ever
///     if that is nothing
public record UseRequest(boolean isLive, Optional<String> waitClosed) {

  /// Refuse it.
  public static final UseRequest USUAL = new UseRequest(false, Optional.empty());

  private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,6})([smh]?)");

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
        time -> words.add(time.isEmpty() ? "--wait-closed" : "--wait-closed=" + time));
    return words;
  }

  private static Optional<Duration> time(String text) throws UsageException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    var matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new UsageException(
          "--wait-closed=%s: write a number of seconds, or one with m or h for minutes or hours"
              .formatted(text));
    }
    long number = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "h" -> Duration.ofHours(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofSeconds(number);
        });
  }
}
