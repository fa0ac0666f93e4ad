package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.migrate.Journal.Line;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Json;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusTest {

  private final List<Line> lines = new ArrayList<>();

  private void line(long minute, long round, Step step, Phase phase, @Nullable String what) {
    var time = Instant.parse("2026-03-02T14:00:00Z").plusSeconds(60 * minute).toString();
    lines.add(
        new Line(
            1, time, lines.size(), round, step, phase, "web", 1L << 20, 5.0, what, null, null));
  }

  private void round(long number, long minute, String way) {
    line(minute, number, Step.SNAPSHOTS, Phase.DONE, null);
    line(minute, number, Step.SEND, Phase.DONE, way);
    line(minute, number, Step.ROUND, Phase.DONE, null);
  }

  private String text() {
    return String.join("; ", status().text());
  }

  private Status status() {
    return Status.of("web", new JobState(lines), Instant.parse("2026-03-02T14:20:00Z"));
  }

  @Test
  void a_job_that_never_ran_says_so() {
    assertEquals("job web: not begun", text());
    assertEquals(
        "{\"job\":\"web\",\"state\":\"new\",\"running\":false,\"moved\":false,\"rounds\":0}",
        Json.line(status()));
  }

  @Test
  void a_job_in_rounds_says_what_its_copies_hold_and_what_is_left() {
    round(1, 0, "copied");
    round(2, 10, "changes");
    assertEquals(
        "job web: running in rounds; round 2 holds the state of 2026-03-02T14:10:00Z: 1 MiB sent in"
            + " 5 s; if nothing were written from now on, the rest would be sent in about 5 s (4 s"
            + " to 7 s)",
        text());
    assertEquals(
        "{\"job\":\"web\",\"state\":\"rounds\",\"running\":false,\"moved\":false,\"rounds\":2,\"lastSnapshots\":\"2026-03-02T14:10:00Z\","
            + "\"lastBytes\":1048576,\"lastSeconds\":5.0,"
            + "\"forecast\":{\"seconds\":5.0,\"low\":3.333,\"high\":6.25}}",
        Json.line(status()));
  }

  @Test
  void a_round_that_was_interrupted_says_why_and_what_to_do() {
    round(1, 0, "copied");
    line(10, 2, Step.SNAPSHOTS, Phase.DONE, null);
    line(11, 2, Step.SEND, Phase.FAILED, "new: no answer");
    assertEquals(
        "job web: running in rounds; round 1 holds the state of 2026-03-02T14:00:00Z: 1 MiB sent in"
            + " 5 s; round 2 is not complete: new: no answer; run it again: blkdelta migrate round",
        text());
  }

  @Test
  void a_monitor_is_told_the_same(@TempDir Path folder) throws IOException {
    var now = Instant.parse("2026-03-02T14:20:00Z");
    assertEquals(
        """
        # HELP blkdelta_last_exit_code Exit code of the last round.
        # TYPE blkdelta_last_exit_code gauge
        blkdelta_last_exit_code{job="web"} 6.000
        # HELP blkdelta_job_state 1 for the state that the job is in.
        # TYPE blkdelta_job_state gauge
        blkdelta_job_state{job="web",state="new"} 1.000
        blkdelta_job_state{job="web",state="finished"} 0.000
        blkdelta_job_state{job="web",state="rounds"} 0.000
        blkdelta_job_state{job="web",state="cutting-over"} 0.000
        blkdelta_job_state{job="web",state="handed-over"} 0.000
        blkdelta_job_state{job="web",state="done"} 0.000
        blkdelta_job_state{job="web",state="going-back"} 0.000
        """,
        Metrics.of("web", new JobState(lines), ExitCode.CONNECTION, Optional.empty(), now));
    round(1, 0, "copied");
    round(2, 10, "changes");
    var downtime = Optional.of(new Downtime(41, 27, 63, 12, 19, 4, 6));
    var told = Metrics.of("web", new JobState(lines), ExitCode.DONE, downtime, now);
    assertEquals(
        List.of(
            "blkdelta_last_exit_code{job=\"web\"} 0.000",
            "blkdelta_job_state{job=\"web\",state=\"new\"} 0.000",
            "blkdelta_job_state{job=\"web\",state=\"finished\"} 0.000",
            "blkdelta_job_state{job=\"web\",state=\"rounds\"} 1.000",
            "blkdelta_job_state{job=\"web\",state=\"cutting-over\"} 0.000",
            "blkdelta_job_state{job=\"web\",state=\"handed-over\"} 0.000",
            "blkdelta_job_state{job=\"web\",state=\"done\"} 0.000",
            "blkdelta_job_state{job=\"web\",state=\"going-back\"} 0.000",
            "blkdelta_last_success_timestamp_seconds{job=\"web\"} 1772460600.000",
            "blkdelta_round_bytes{job=\"web\"} 1048576.000",
            "blkdelta_round_duration_seconds{job=\"web\"} 5.000",
            "blkdelta_forecast_rest_seconds{job=\"web\",bound=\"low\"} 3.333",
            "blkdelta_forecast_rest_seconds{job=\"web\",bound=\"expected\"} 5.000",
            "blkdelta_forecast_rest_seconds{job=\"web\",bound=\"high\"} 6.250",
            "blkdelta_forecast_downtime_seconds{job=\"web\",bound=\"low\"} 27.000",
            "blkdelta_forecast_downtime_seconds{job=\"web\",bound=\"expected\"} 41.000",
            "blkdelta_forecast_downtime_seconds{job=\"web\",bound=\"high\"} 63.000"),
        told.lines().filter(line -> !line.startsWith("#")).toList());
    var file = Files.writeString(folder.resolve("web.prom"), "old");
    Metrics.write(told, file);
    assertEquals(told, Files.readString(file));
    assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(1, folder.toFile().list().length);
  }

  @Test
  void a_job_that_was_moved_says_so_after_its_end_too() {
    round(1, 0, "copied");
    line(1, 1, Step.CUTOVER, Phase.INTENT, "abc");
    line(2, 1, Step.HANDOVER, Phase.DONE, null);
    assertFalse(status().moved());
    line(3, 1, Step.CUTOVER, Phase.DONE, null);
    assertTrue(status().moved());
    line(4, 1, Step.FINISH, Phase.DONE, null);
    assertTrue(status().moved());
    assertEquals("finished", status().state());
  }

  @Test
  void a_job_that_somebody_is_at_work_on_says_so(@TempDir Path folder) throws IOException {
    assertFalse(Journal.isOpen(folder));
    try (var open = Journal.open(folder, "web", Clock.systemUTC(), line -> {})) {
      assertEquals(1, open.lines().size());
      assertTrue(Journal.isOpen(folder));
    }
    assertFalse(Journal.isOpen(folder));
    var running = Status.of("web", new JobState(lines), Instant.EPOCH, true);
    assertEquals(List.of("job web: not begun", "a process is at work on it"), running.text());
  }

  @Test
  void a_finished_job_forecasts_nothing() {
    round(1, 0, "copied");
    round(2, 10, "changes");
    line(12, 2, Step.FINISH, Phase.DONE, null);
    assertEquals(
        "job web: finished; round 2 holds the state of 2026-03-02T14:10:00Z: 1 MiB sent in 5 s",
        text());
  }
}
