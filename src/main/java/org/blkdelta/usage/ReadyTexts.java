package org.blkdelta.usage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.blkdelta.report.Streams;
import org.blkdelta.report.Version;

/// What the program prints about itself: its version, and its help at the usual width. They are
/// ready, because making the commands from annotations takes longer than the JVM needs to start.
public final class ReadyTexts {

  /// The help as the commands say it, at [Streams#USUAL_WIDTH]; a test makes it anew.
  private static final String WHOLE = "help/blkdelta.txt";

  private static final String SHORT = "help/blkdelta-h.txt";

  private ReadyTexts() {}

  /// Returns the answer to a command line, if there is a ready one.
  ///
  /// @param width columns of the terminal
  public static Optional<String> to(List<String> arguments, int width) {
    if (arguments.size() != 1) {
      return Optional.empty();
    }
    boolean isUsual = width == Streams.USUAL_WIDTH;
    try {
      return switch (arguments.getFirst()) {
        case "-V", "--version" -> Optional.of(String.join("\n", Version.lines()) + "\n");
        case "-h" -> isUsual ? Optional.of(text(SHORT)) : Optional.empty();
        case "--help", "help" -> isUsual ? Optional.of(text(WHOLE)) : Optional.empty();
        default -> Optional.empty();
      };
    } catch (IOException damaged) {
      throw new UncheckedIOException(damaged);
    }
  }

  private static String text(String name) throws IOException {
    try (var text = ReadyTexts.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(text).readAllBytes(), UTF_8);
    }
  }
}
