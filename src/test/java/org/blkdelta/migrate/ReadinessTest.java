package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.migrate.JobState.Round;
import org.junit.jupiter.api.Test;

/// When rounds are enough. Stopping and starting counts for 45 s, and it writes until it is off.
class ReadinessTest {

  private static final List<String> NO = List.of();
  private static final Move ASKS = Moves.with(NO, NO, NO); // a minute, two rounds, twelve at most

  private static Move when(String when) {
    return new Move(
        60, 12, 2, when, 60, 600, 60, Move.Verify.NONE, ASKS.source(), ASKS.there(), ASKS.here());
  }

  /// Returns what is said after rounds a minute apart, each of which took so many seconds.
  private static Optional<Readiness.Waiting> after(Move move, int done, double... seconds) {
    var rounds = new ArrayList<Round>();
    for (int i = 0; i < seconds.length; i++) {
      var taken = Instant.ofEpochSecond(60L * i);
      rounds.add(new Round(i + 1, taken, 1 << 20, seconds[i], seconds[i], i > 0));
    }
    var now = Instant.ofEpochSecond(60L * seconds.length); // 01:00 and some minutes
    return new Readiness(move, Clock.fixed(now, ZoneOffset.UTC))
        .of(rounds, Downtime.Seen.NOTHING, done);
  }

  @Test
  void one_round_says_nothing_of_the_next() {
    var waiting = after(when("now"), 1, 100).orElseThrow();
    assertFalse(waiting.isEnd());
    assertEquals("how long it would be off is not known yet; one more round", waiting.words());
  }

  @Test
  void what_takes_little_enough_is_moved_at_once_or_when_somebody_says_so() {
    // 45 s, and what is written in 90 s, which took 8 s a minute, and a quarter more
    assertTrue(after(when("now"), 2, 100, 8).isEmpty());
    assertFalse(after(when("now"), 2, 100, 8.1).isEmpty());
    var waiting = after(when("ask"), 2, 100, 8).orElseThrow();
    assertTrue(waiting.isEnd());
    assertEquals(
        "1 min 0 s are allowed; ready: blkdelta migrate cutover moves the machine",
        waiting.words());
  }

  @Test
  void what_takes_longer_is_sent_in_further_rounds() {
    assertFalse(after(when("now"), 2, 100, 40).orElseThrow().isEnd());
    assertFalse(after(when("now"), 3, 100, 40, 30).orElseThrow().isEnd());
  }

  @Test
  void rounds_that_do_not_get_less_are_no_use() {
    var waiting = after(when("now"), 4, 100, 40, 39, 40).orElseThrow();
    assertTrue(waiting.isEnd());
    assertTrue(waiting.words().endsWith("further rounds do not make it less"), waiting.words());
  }

  @Test
  void there_are_no_more_rounds_than_the_job_allows() {
    var waiting = after(when("now"), 12, 100, 40, 30).orElseThrow();
    assertTrue(waiting.isEnd());
    assertTrue(waiting.words().endsWith("waits after 12 rounds"), waiting.words());
  }

  @Test
  void a_window_is_heeded_also_over_midnight() {
    assertTrue(after(when("00:00-00:30"), 2, 100, 8).isEmpty());
    assertTrue(
        after(when("02:00-04:00"), 2, 100, 8).orElseThrow().words().contains("waits for 02:00"));
    assertTrue(Readiness.isWithin("22:00-04:00", LocalTime.of(23, 0)));
    assertTrue(Readiness.isWithin("22:00-04:00", LocalTime.of(3, 59)));
    assertFalse(Readiness.isWithin("22:00-04:00", LocalTime.of(4, 0)));
    assertFalse(Readiness.isWithin("02:00-04:00", LocalTime.of(1, 59)));
  }
}
