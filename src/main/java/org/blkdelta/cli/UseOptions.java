package org.blkdelta.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import java.util.regex.Pattern;
import org.blkdelta.failure.UsageException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// What to do about a source that somebody may still write to.
@Command(optionListHeading = "A source that is in use:")
final class UseOptions {

  private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,6})([smh]?)");

  @Option(
      names = "--wait-closed",
      arity = "0..1",
      paramLabel = "TIME",
      preprocessor = AttachedOnly.class,
      description =
          "Wait until nothing has the source open any more: until a virtual machine that was told to"
              + " shut down is off, for example. At most TIME (90, 90s, 10m, 2h), then it is refused;"
              + " without TIME as long as it takes. Without this option, a source that anything has"
              + " open is refused.")
  @Nullable String waitClosed;

  @Option(
      names = "--live",
      description =
          "Send what there is, although the source is open. If all goes well, the exit code is 9: the"
              + " copy is not final, and another run must follow when nothing writes any more.")
  boolean live;

  /// Leaves the next word alone, which is the source: a time must be attached.
  static final class AttachedOnly implements IParameterPreprocessor {

    @Override
    @SuppressWarnings("JdkObsolete") // picocli's own signature
    public boolean preprocess(
        Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      if (" ".equals(info.get("separator"))) {
        words.push("");
      }
      return false;
    }
  }

  /// Returns how the source is treated.
  SourceUse use(Streams streams) throws UsageException {
    if (live && waitClosed != null) {
      throw new UsageException("--live and --wait-closed exclude each other; use one of them");
    }
    if (live) {
      return SourceUse.live(streams);
    }
    return waitClosed == null ? SourceUse.closed(streams) : SourceUse.waiting(time(), streams);
  }

  /// Returns the same for a run that writes nothing on another host: it does not wait there.
  UseOptions rehearsed() {
    var rehearsed = new UseOptions();
    rehearsed.live = live || waitClosed != null;
    return rehearsed;
  }

  /// Returns the same options as words for a remote command line.
  List<String> words() {
    var words = new ArrayList<String>();
    if (live) {
      words.add("--live");
    }
    if (waitClosed != null) {
      words.add(waitClosed.isEmpty() ? "--wait-closed" : "--wait-closed=" + waitClosed);
    }
    return words;
  }

  private Optional<Duration> time() throws UsageException {
    if (waitClosed == null || waitClosed.isEmpty()) {
      return Optional.empty();
    }
    var matcher = TIME.matcher(waitClosed);
    if (!matcher.matches()) {
      throw new UsageException(
          "--wait-closed=%s: write a number of seconds, or one with m or h for minutes or hours"
              .formatted(waitClosed));
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
