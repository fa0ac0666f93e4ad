package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.migrate.Journal.Line;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Json;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusTest {

  private final List<Line> lines = new ArrayList<>();

  private void line(long minute, long round, Step step, Phase phase, @Nullable String what) {
    var time = Instant.parse("2026-03-02T14:00:00Z").plusSeconds(60 * minute).toString();
    lines.add(new Line(1, time, lines.size(), round, step, phase, "web", 1L << 20, 5.0, what));
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
    assertEquals("{\"job\":\"web\",\"state\":\"new\",\"rounds\":0}", Json.line(status()));
  }

  @Test
  void a_job_in_rounds_says_what_its_copies_hold_and_what_is_left() {
    round(1, 0, "copied");
    round(2, 10, "changes");
    assertEquals(
        "job web: running in rounds; round 2 holds the state of 2026-03-02T14:10:00Z: 1 MiB sent in"
            + " 5 s; if nothing were written from now on, the rest would be sent in about 5 s (5 s"
            + " to 5 s)",
        text());
    assertEquals(
        "{\"job\":\"web\",\"state\":\"rounds\",\"rounds\":2,\"lastSnapshots\":\"2026-03-02T14:10:00Z\","
            + "\"lastBytes\":1048576,\"lastSeconds\":5.0,"
            + "\"forecast\":{\"seconds\":5.0,\"low\":5.0,\"high\":5.0}}",
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
  void a_finished_job_forecasts_nothing() {
    round(1, 0, "copied");
    round(2, 10, "changes");
    line(12, 2, Step.FINISH, Phase.DONE, null);
    assertEquals(
        "job web: finished; round 2 holds the state of 2026-03-02T14:10:00Z: 1 MiB sent in 5 s",
        text());
  }
}
