package org.blkdelta.report;

import java.util.Optional;
import java.util.function.Supplier;
import org.blkdelta.extent.StoreUsage;

/// Progress for people: one line that is drawn over on a terminal, a line a minute in a log; or
/// nothing unless somebody asks.
final class TextMeter implements ProgressMeter {

  private static final long TERMINAL_MILLIS = 200;
  private static final long LOG_MILLIS = 60_000;

  private final Streams streams;
  private final String of;
  private final Screen screen;
  private final Pace pace;
  private final Supplier<Optional<StoreUsage>> fuel;
  private final boolean quiet;
  private String phase = "";

  /// @param of what it is of, if several go on at the same time; else nothing
  /// @param totalBytes what the run will move; 0 if unknown
  /// @param fuel how full the source's snapshot is, if it has one
  /// @param quiet whether it only answers
  TextMeter(
      Streams streams,
      String of,
      long totalBytes,
      Supplier<Optional<StoreUsage>> fuel,
      boolean quiet) {
    this.streams = streams;
    this.of = of;
    this.screen = streams.progress().screen();
    this.quiet = quiet;
    this.fuel = fuel;
    this.pace = new Pace(totalBytes, screen.draws() ? TERMINAL_MILLIS : LOG_MILLIS, screen.clock());
  }

  @Override
  public synchronized void phase(String name) {
    phase = of.isEmpty() ? name : of + ": " + name;
    if (screen.draws() && !quiet) {
      var text = phase + " ...";
      streams.status().draw(of, text.substring(0, Math.min(text.length(), screen.room())));
    }
  }

  @Override
  public synchronized void moved(long bytes) {
    if (!pace.add(bytes) || quiet) {
      return;
    }
    if (screen.draws()) {
      var text = line().fitted(screen.room(), streams.unicode(), screen.colors());
      streams.status().draw(of, text);
    } else {
      tell();
    }
  }

  @Override
  public void durable(long bytes) {
    // people see one number; what is sent is what they wait for
  }

  @Override
  public synchronized void tell() {
    streams.say(line().text());
  }

  @Override
  public void close() {
    streams.status().clear(of);
  }

  private ProgressLine line() {
    return pace.line(phase, fuel.get());
  }
}
