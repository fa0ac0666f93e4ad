package org.blkdelta.report;

import java.io.PrintStream;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.blkdelta.extent.StoreUsage;
import org.jspecify.annotations.Nullable;

/// Progress for programs: a JSON object a line, once a second and at each new phase.
final class JsonMeter implements ProgressMeter {

  private static final long INTERVAL_MILLIS = 1000;

  private final PrintStream out;
  private final Pace pace;
  private final Supplier<Optional<StoreUsage>> fuel;
  private String phase = "";
  private long durable;

  /// @param fuel how full the source's snapshot is, if it has one
  /// @param clock nanoseconds that only grow
  JsonMeter(
      PrintStream out, long totalBytes, Supplier<Optional<StoreUsage>> fuel, LongSupplier clock) {
    this.out = out;
    this.fuel = fuel;
    this.pace = new Pace(totalBytes, INTERVAL_MILLIS, clock);
  }

  @Override
  public synchronized void phase(String name) {
    phase = name;
    show();
  }

  @Override
  public synchronized void moved(long bytes) {
    if (pace.add(bytes)) {
      show();
    }
  }

  @Override
  public synchronized void durable(long bytes) {
    durable = bytes;
  }

  @Override
  public synchronized void tell() {
    show();
  }

  @Override
  public synchronized void close() {
    phase("ended");
    out.flush();
  }

  /// A line; of a run whose source has no store that fills, without the last two.
  private record Facts(
      String phase,
      long bytes,
      long durableBytes,
      long totalBytes,
      long bytesPerSecond,
      long secondsLeft,
      double seconds,
      @Nullable Double fuel,
      @Nullable Long secondsToFull) {}

  private void show() {
    var left = fuel.get();
    var toFull = left.map(StoreUsage::secondsToFull).orElse(OptionalLong.empty());
    out.println(
        Json.line(
            new Facts(
                phase,
                pace.bytes(),
                durable,
                pace.totalBytes(),
                Math.round(pace.rate()),
                pace.secondsLeft(),
                Json.seconds(pace.seconds()),
                left.map(StoreUsage::roundedShare).orElse(null),
                toFull.isPresent() ? toFull.getAsLong() : null)));
  }
}
