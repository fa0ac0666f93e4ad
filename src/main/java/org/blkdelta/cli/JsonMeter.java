package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.PrintStream;

/// Progress for programs: a JSON object a line, once a second and at each new phase.
final class JsonMeter implements ProgressMeter {

  private static final long INTERVAL_MILLIS = 1000;

  private final PrintStream out;
  private final Pace pace;
  private String phase = "";
  private long durable;

  JsonMeter(PrintStream out, long totalBytes) {
    this.out = out;
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
    out.println(line);
  }
}
