package org.blkdelta.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.cli.Cli;
import org.blkdelta.extent.StoreUsage;
import org.junit.jupiter.api.Test;

/// What is told while a run lasts, by a clock that the tests turn.
class MeterTest {

  private static final int MIB = 1 << 20;
  private static final String CLEAR = "\r\u001b[K";
  private static final StoreUsage FILLING =
      new StoreUsage(999L * MIB, 1000L * MIB, OptionalLong.of(185), "vg0/web-pre");
  private static final StoreUsage RESTING =
      new StoreUsage(100L * MIB, 1000L * MIB, OptionalLong.empty());

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long now;

  @Test
  void people_see_how_full_it_is_and_when_it_will_be() {
    assertEquals(
        "snapshot 99% full, 100% in 3 min 5 s; sending: 0 B of 1 MiB (0%), 0 B/s",
        text(Optional.of(FILLING)));
    assertEquals(
        "sending: 0 B of 1 MiB (0%), 0 B/s; snapshot 10% full", text(Optional.of(RESTING)));
    assertEquals("sending: 0 B of 1 MiB (0%), 0 B/s", text(Optional.empty()));
  }

  private String text(Optional<StoreUsage> fuel) {
    out.reset();
    try (var meter = new TextMeter(streams(false), "", MIB, () -> fuel, true)) {
      meter.phase("sending");
      meter.tell();
    }
    return said().replaceAll("^blkdelta: |\n$", "");
  }

  @Test
  void programs_see_it_too() throws IOException {
    assertEquals(0.999, line(Optional.of(FILLING)).get("fuel").getAsDouble());
    assertEquals(185, line(Optional.of(FILLING)).get("secondsToFull").getAsLong());
    assertEquals(0.1, line(Optional.of(RESTING)).get("fuel").getAsDouble());
    assertFalse(line(Optional.of(RESTING)).has("secondsToFull"));
    assertTrue(line(Optional.empty()).has("secondsLeft"));
    assertFalse(line(Optional.empty()).has("fuel"));
  }

  @Test
  void a_log_gets_a_line_a_minute() throws IOException {
    try (var meter = reporter(false).meter(1024L * MIB)) {
      meter.phase("sending");
      for (int second = 1; second <= 150; second++) {
        now += 1_000_000_000;
        meter.moved(MIB);
      }
    }
    assertEquals(
        """
        blkdelta: sending: 60 MiB of 1 GiB (5%), 1 MiB/s, 16 min 4 s left
        blkdelta: sending: 120 MiB of 1 GiB (11%), 1 MiB/s, 15 min 4 s left
        """,
        said());
  }

  @Test
  void a_terminal_shows_one_line_that_goes_before_anything_else_is_printed() throws IOException {
    var reporter = reporter(true);
    try (var meter = reporter.meter(2 * MIB)) {
      meter.phase("sending");
      now += 1_000_000_000;
      meter.moved(MIB);
      reporter.warn("look out");
      now += 1_000_000_000;
      meter.moved(MIB);
    }
    reporter.say("done");
    assertEquals(
        CLEAR
            + "sending ..."
            + CLEAR
            + "sending 50% [#####------] 1M/2M 1M/s 1s"
            + CLEAR
            + "blkdelta: warning: look out\n"
            + CLEAR
            + "sending 100% [##########] 2M/2M 1M/s 0s"
            + CLEAR
            + "blkdelta: done\n",
        said());
  }

  @Test
  void a_question_is_not_drawn_over() {
    var streams = streams(true);
    var status = streams.status();
    status.draw("", "connecting");
    assertEquals(
        "answer",
        status.keptAwayFrom(
            () -> {
              streams.err().print("yes or no? ");
              status.draw("", "connecting still");
              return "answer";
            }));
    status.draw("", "sending");
    assertEquals(CLEAR + "connecting" + CLEAR + "yes or no? " + CLEAR + "sending", said());
  }

  @Test
  void several_runs_have_a_line_each_until_they_end() {
    var streams = streams(true);
    var up = CLEAR + "\u001b[A" + CLEAR;
    var status = streams.status();
    status.draw("web", "web: 10%");
    status.draw("data", "data: 20%");
    streams.err().println("look out");
    status.draw("data", "data: 30%");
    status.clear("web");
    status.draw("data", "data: 40%");
    status.clear("data");
    assertEquals(
        CLEAR
            + "web: 10%"
            + CLEAR
            + "web: 10%\ndata: 20%"
            + up
            + "look out\n"
            + CLEAR
            + "web: 10%\ndata: 30%"
            + up
            + CLEAR
            + "data: 40%"
            + CLEAR,
        said());
  }

  @Test
  void what_several_runs_tell_says_whose_it_is() throws IOException {
    var whole = reporter(false);
    try (var meter = whole.about("web").meter(1024L * MIB)) {
      meter.phase("sending");
      now += 60_000_000_000L;
      meter.moved(MIB);
    }
    whole.about("web").warn("look out");
    whole.about("web").warn("web: look out");
    assertEquals(
        """
        blkdelta: web: sending: 1 MiB of 1 GiB (0%), 17.1 KiB/s, 17 h 3 min left
        blkdelta: warning: web: look out
        blkdelta: warning: web: look out
        """,
        said());
  }

  @Test
  void a_snapshot_that_is_lost_before_the_end_is_warned_of_with_what_to_type() throws IOException {
    try (var meter = reporter(false).meter(1024L * MIB, () -> Optional.of(FILLING))) {
      meter.phase("sending");
      for (int second = 1; second <= 50; second++) {
        now += 1_000_000_000;
        meter.moved(MIB);
      }
    }
    // 1 MiB in 185 s is missing 6 times over in 17 min
    assertEquals(
        "blkdelta: warning: the snapshot vg0/web-pre will be full, and lost, in 3 min 5 s; the"
            + " run needs 17 min 2 s more: lvextend -L +64m vg0/web-pre\n",
        said(),
        "once");
  }

  @Test
  void a_snapshot_that_outlives_the_run_is_not_warned_of() throws IOException {
    try (var meter = reporter(false).meter(100L * MIB, () -> Optional.of(FILLING))) {
      for (int second = 1; second <= 50; second++) {
        now += 1_000_000_000;
        meter.moved(MIB);
      }
    }
    assertEquals("", said());
  }

  @Test
  void a_large_store_is_extended_by_gibibytes() {
    var large = new StoreUsage(0, 10L << 30, OptionalLong.of(100), "vg/s");
    assertTrue(large.isFullWithin(101));
    assertFalse(large.isFullWithin(100));
    assertFalse(large.isFullWithin(-1), "it is unknown how long the run takes");
    assertEquals(20L << 30, large.missing(200, 1.5));
    assertEquals(0, large.missing(50, 1.5));
  }

  @Test
  void a_dumb_terminal_is_a_log_and_no_color_is_heeded() {
    assertFalse(Screen.of(true, Map.of("TERM", "dumb"), () -> 80).draws());
    assertFalse(Screen.of(false, Map.of("TERM", "xterm"), () -> 80).draws());
    var usual = Screen.of(true, Map.of("TERM", "xterm", "NO_COLOR", ""), () -> 0);
    assertTrue(usual.draws() && usual.colors());
    assertEquals(79, usual.room());
    var plain = Screen.of(true, Map.of("TERM", "xterm", "NO_COLOR", "1"), () -> 40);
    assertTrue(plain.draws() && !plain.colors());
    assertEquals(39, plain.room());
  }

  @Test
  void what_is_sent_first_is_shown_like_a_run() {
    var questions = new TerminalQuestions(streams(true), "new");
    questions.sent("sending blkdelta", 10, 2L * MIB);
    now += 1_000_000_000;
    questions.sent("sending blkdelta", MIB, 2L * MIB);
    questions.sent("sending blkdelta", 2L * MIB, 2L * MIB);
    assertEquals(
        CLEAR + "sending blkdelta ..." + CLEAR + "sending blkdelta 50% 1M/2M 1M/s 1s" + CLEAR,
        said());
  }

  private JsonObject line(Optional<StoreUsage> fuel) throws IOException {
    out.reset();
    var how = new Reporting(false, false, false, "json", Optional.empty());
    try (var meter = new Reporter(streams(false), how).meter(MIB, () -> fuel)) {
      meter.phase("sending");
    }
    return JsonParser.parseString(said().lines().findFirst().orElseThrow()).getAsJsonObject();
  }

  private Reporter reporter(boolean draws) {
    return new Reporter(streams(draws), Reporting.USUAL);
  }

  private Streams streams(boolean draws) {
    var screen = new Screen(draws, false, () -> 40, () -> now);
    return new Streams(
        InputStream.nullInputStream(),
        out,
        new PrintStream(out, true, UTF_8),
        new PrintStream(out, true, UTF_8),
        false,
        draws,
        Streams.USUAL_WIDTH,
        false,
        Cli.MEMORY,
        new Progress(nobody -> {}, screen));
  }

  private String said() {
    return out.toString(UTF_8);
  }
}
