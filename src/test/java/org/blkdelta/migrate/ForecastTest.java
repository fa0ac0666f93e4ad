package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.blkdelta.migrate.JobState.Round;
import org.junit.jupiter.api.Test;

class ForecastTest {

  private static Round round(long number, long at, double seconds, boolean isDelta) {
    return new Round(number, Instant.ofEpochSecond(at), 0, seconds, seconds, isDelta);
  }

  @Test
  void without_two_rounds_nothing_is_known() {
    var copied = List.of(round(1, 1000, 600, false));
    assertEquals(Optional.empty(), Forecast.of(copied, Instant.ofEpochSecond(1600)));
    assertEquals(Optional.empty(), Forecast.of(List.of(), Instant.EPOCH));
  }

  @Test
  void a_round_that_compared_everything_tells_nothing() {
    var rounds = List.of(round(1, 1000, 600, false), round(2, 2000, 500, false));
    assertEquals(Optional.empty(), Forecast.of(rounds, Instant.ofEpochSecond(2500)));
  }

  @Test
  void what_was_written_since_the_last_snapshots_takes_its_share_of_a_round() {
    // rounds 2 to 4 had the changes of 1000, 500 and 200 s, and took 100, 60 and 18 s
    var rounds =
        List.of(
            round(1, 1000, 600, false),
            round(2, 2000, 100, true),
            round(3, 2500, 60, true),
            round(4, 2700, 18, true));
    var forecast = Forecast.of(rounds, Instant.ofEpochSecond(2800)).orElseThrow();
    // the line nearest to them: 2.5 s, and a tenth of the time
    assertEquals(12.57, forecast.seconds(), 0.01);
    // as round 4, if none of the 18 s is there in any case
    assertEquals(9 * 2 / 3.0, forecast.low(), 1e-9);
    // as round 3, if all of them are
    assertEquals((18 + 42 / 5.0) * 1.25, forecast.high(), 1e-9);
    assertEquals(
        "if nothing were written from now on, the rest would be sent in about 13 s (6 s to 33 s)",
        forecast.text());
  }

  @Test
  void rounds_of_one_length_do_not_tell_what_a_round_takes_in_any_case() {
    var rounds =
        List.of(round(1, 1000, 600, false), round(2, 2000, 100, true), round(3, 3000, 100, true));
    var forecast = Forecast.of(rounds, Instant.ofEpochSecond(3100)).orElseThrow();
    assertEquals(5 + 9.5, forecast.seconds(), 1e-9);
    assertEquals(6.667, forecast.low(), 1e-9);
    assertEquals(100 * 1.25, forecast.high(), 1e-9);
    assertEquals(
        5 + 19,
        Forecast.of(rounds, Instant.ofEpochSecond(3100), 100).orElseThrow().seconds(),
        1e-9);
  }
}
