package org.blkdelta.guardian;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.guardian.Answer.State;
import org.blkdelta.linux.DurableLog;
import org.blkdelta.report.Json;
import org.jspecify.annotations.Nullable;

/// What a guardian did, a JSON object on each line; the last line is what it is at. It is on the
/// source's machine, and outlives the guardian and the kernel.
final class GuardianLog implements Closeable {

  /// A line.
  ///
  /// @param boot names the run of the kernel
  /// @param seconds since that began
  /// @param time of the clock, for people: RFC 3339, UTC
  /// @param held whether the hook `hold` may have been run since `release` was
  /// @param order what is to be done, in the first line only
  /// @param what in words why
  record Line(
      int v,
      String boot,
      long seconds,
      String time,
      State state,
      boolean held,
      @Nullable Order order,
      String what) {}

  private final DurableLog log;

  private GuardianLog(DurableLog log) {
    this.log = log;
  }

  /// Returns the order and the last line of what is written down, or empty if nothing is.
  ///
  /// @throws RefusedException if it cannot be believed
  static Optional<Written> read(Path file) throws IOException {
    var texts = DurableLog.read(file);
    if (texts.isEmpty()) {
      return Optional.empty();
    }
    var first = line(texts.getFirst(), file);
    var order = first.order();
    if (order == null) {
      throw unbelieved(file);
    }
    return Optional.of(new Written(order, first, line(texts.getLast(), file)));
  }

  /// What is written down.
  ///
  /// @param first the line that the order came with
  /// @param last what the guardian is at, or was when it ended
  record Written(Order order, Line first, Line last) {}

  private static Line line(String text, Path file) throws RefusedException {
    var line = Json.parsed(text, Line.class);
    if (line.isEmpty() || line.get().v() != Order.VERSION || line.get().state() == null) {
      throw unbelieved(file);
    }
    return line.get();
  }

  private static RefusedException unbelieved(Path file) {
    return new RefusedException(
        "%s: is not a guardian's log of this version; see which machine is on, then move it away"
            .formatted(file));
  }

  /// Opens one to write more lines; the caller closes it.
  ///
  /// @param anew whether it begins again
  static GuardianLog open(Path file, boolean anew) throws IOException {
    if (anew) {
      Files.deleteIfExists(file);
    }
    return new GuardianLog(DurableLog.open(file));
  }

  /// Writes a line, durably when this returns.
  void write(World world, State state, boolean held, @Nullable Order order, String what)
      throws IOException {
    var time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    var line =
        new Line(Order.VERSION, world.bootId(), world.seconds(), time, state, held, order, what);
    log.append(Json.line(line));
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
