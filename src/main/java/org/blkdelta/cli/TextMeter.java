package org.blkdelta.cli;

/// Progress for people: one line that is drawn over on a terminal, a line now and then in a log.
final class TextMeter implements ProgressMeter {

  private static final long TERMINAL_MILLIS = 200;
  private static final long LOG_MILLIS = 15_000;

  private final Streams streams;
  private final Pace pace;
  private String phase = "";
  private boolean drawn;

  TextMeter(Streams streams, long totalBytes) {
    this.streams = streams;
    this.pace = new Pace(totalBytes, streams.errIsTerminal() ? TERMINAL_MILLIS : LOG_MILLIS);
  }

  @Override
  public synchronized void phase(String name) {
    phase = name;
    if (streams.errIsTerminal()) {
      draw(name + " ...");
    }
  }

  @Override
  public synchronized void moved(long bytes) {
    if (pace.add(bytes)) {
      show();
    }
  }

  @Override
  public void durable(long bytes) {
    // people see one number; what is sent is what they wait for
  }

  @Override
  public synchronized void close() {
    if (drawn) {
      streams.err().print("\r\u001b[K");
      drawn = false;
    }
  }

  private void show() {
    var text =
        "%s: %s%s, %s/s%s"
            .formatted(
                phase,
                Sizes.binary(pace.bytes()),
                share(),
                Sizes.binary((long) pace.rate()),
                left());
    if (streams.errIsTerminal()) {
      draw(text);
    } else {
      streams.err().println("blkdelta: " + text);
    }
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
