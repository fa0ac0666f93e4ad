package org.blkdelta.report;

import java.util.Optional;
import java.util.function.Supplier;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.StoreUsage;

/// Progress for people: one line that is drawn over on a terminal, a line now and then in a log; or
/// nothing unless somebody asks.
public final class TextMeter implements ProgressMeter {

  private static final long TERMINAL_MILLIS = 200;
  private static final long LOG_MILLIS = 15_000;

  private final Streams streams;
  private final Pace pace;
  private final Supplier<Optional<StoreUsage>> fuel;
  private final boolean quiet;
  private String phase = "";
  private boolean drawn;

  /// @param fuel how full the source's snapshot is, if it has one
  /// @param quiet whether it only answers
  public TextMeter(
      Streams streams, long totalBytes, Supplier<Optional<StoreUsage>> fuel, boolean quiet) {
    this.streams = streams;
    this.quiet = quiet;
    this.fuel = fuel;
    this.pace = new Pace(totalBytes, streams.errIsTerminal() ? TERMINAL_MILLIS : LOG_MILLIS);
  }

  @Override
  public synchronized void phase(String name) {
    phase = name;
    if (streams.errIsTerminal() && !quiet) {
      draw(name + " ...");
    }
  }

  @Override
  public synchronized void moved(long bytes) {
    if (pace.add(bytes) && !quiet) {
      show();
    }
  }

  @Override
  public void durable(long bytes) {
    // people see one number; what is sent is what they wait for
  }

  @Override
  public synchronized void tell() {
    close();
    streams.say(text());
  }

  @Override
  public synchronized void close() {
    if (drawn) {
      streams.err().print("\r\u001b[K");
      drawn = false;
    }
  }

  private void show() {
    var text = text();
    if (streams.errIsTerminal()) {
      draw(text);
    } else {
      streams.err().println("blkdelta: " + text);
    }
  }

  /// Returns what is shown.
  String text() {
    return "%s: %s%s, %s/s%s%s"
        .formatted(
            phase,
            Sizes.binary(pace.bytes()),
            share(),
            Sizes.binary((long) pace.rate()),
            left(),
            fuel.get().map(TextMeter::text).orElse(""));
  }

  /// Rounds down: what is shown as full is full.
  private static String text(StoreUsage fuel) {
    var time = fuel.secondsToFull();
    return "; snapshot %d%% full%s"
        .formatted(
            (int) (100 * fuel.share()),
            time.isEmpty() ? "" : ", 100% in " + Sizes.duration(time.getAsLong()));
  }

  private String share() {
    long total = pace.totalBytes();
    return total == 0
        ? ""
        : " of %s (%.0f%%)".formatted(Sizes.binary(total), 100.0 * pace.bytes() / total);
  }

  private String left() {
    long seconds = pace.secondsLeft();
    return seconds < 0 ? "" : ", " + Sizes.duration(seconds) + " left";
  }

  private void draw(String text) {
    int room = Math.max(1, streams.width() - 1);
    streams.err().print("\r\u001b[K" + text.substring(0, Math.min(text.length(), room)));
    drawn = true;
  }
}
