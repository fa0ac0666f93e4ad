package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.Optional;
import java.util.function.Supplier;
import org.blkdelta.extent.Fuel;

/// Progress for programs: a JSON object a line, once a second and at each new phase.
final class JsonMeter implements ProgressMeter {

  private static final long INTERVAL_MILLIS = 1000;

  private final PrintStream out;
  private final Pace pace;
  private final Supplier<Optional<Fuel>> fuel;
  private String phase = "";
  private long durable;

  /// @param fuel how full the source's snapshot is, if it has one
  JsonMeter(PrintStream out, long totalBytes, Supplier<Optional<Fuel>> fuel) {
    this.out = out;
    this.fuel = fuel;
    this.pace = new Pace(totalBytes, INTERVAL_MILLIS);
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

  private void show() {
    var line = new JsonObject();
    line.addProperty("phase", phase);
    line.addProperty("bytes", pace.bytes());
    line.addProperty("durableBytes", durable);
    line.addProperty("totalBytes", pace.totalBytes());
    line.addProperty("bytesPerSecond", Math.round(pace.rate()));
    line.addProperty("secondsLeft", pace.secondsLeft());
    line.addProperty("seconds", Math.round(pace.seconds() * 1000) / 1000.0);
    fuel.get().ifPresent(snapshot -> add(line, snapshot));
    out.println(line);
  }

  private static void add(JsonObject line, Fuel fuel) {
    line.addProperty("fuel", fuel.roundedShare());
    fuel.secondsToFull().ifPresent(seconds -> line.addProperty("secondsToFull", seconds));
  }
}
