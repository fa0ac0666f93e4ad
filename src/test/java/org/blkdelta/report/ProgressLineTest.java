package org.blkdelta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.StoreUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The line that shows how far a run is, as wide as the terminal is.
class ProgressLineTest {

  private static final long MIB = 1 << 20;
  private static final Optional<StoreUsage> NONE = Optional.empty();
  private static final Optional<StoreUsage> FILLING =
      Optional.of(new StoreUsage(999, 1000, OptionalLong.of(185)));
  private static final Optional<StoreUsage> RESTING =
      Optional.of(new StoreUsage(100, 1000, OptionalLong.empty()));

  @Test
  void at_40_columns_everything_is_short() {
    assertEquals("sending 42% [#---] 84M/200M 86M/s 1m04s", at(40, NONE));
    assertEquals("full in 3m05s! 42% 84M/200M 86M/s 1m04s", at(40, FILLING));
  }

  @Test
  void at_60_columns_the_bar_takes_the_rest() {
    assertEquals("sending 42% [##########--------------] 84M/200M 86M/s 1m04s", at(60, NONE));
    assertEquals("full in 3m05s! sending 42% [###------] 84M/200M 86M/s 1m04s", at(60, FILLING));
  }

  @Test
  void at_80_columns_there_is_room_for_words() {
    assertEquals(
        "sending 42% [########-------------] 84 MiB of 200 MiB, 86 MiB/s, 1 min 4 s left",
        at(80, NONE));
    assertEquals(
        "full in 3m05s! sending 42% [############-----------------] 84M/200M 86M/s 1m04s",
        at(80, FILLING));
  }

  @Test
  void at_120_columns_the_snapshot_is_told_in_words() {
    assertEquals(
        "sending 42% [################------------------------] 84 MiB of 200 MiB, 86 MiB/s,"
            + " 1 min 4 s left",
        at(120, NONE));
    assertEquals(
        "snapshot 99% full, 100% in 3 min 5 s; sending 42% [#########--------------] 84 MiB of"
            + " 200 MiB, 86 MiB/s, 1 min 4 s left",
        at(120, FILLING));
    assertEquals(
        "sending 42% [################------------------------] 84 MiB of 200 MiB, 86 MiB/s,"
            + " 1 min 4 s left; snapshot 10% full",
        at(120, RESTING));
  }

  @Test
  void at_200_columns_the_bar_is_long_enough() {
    assertEquals(
        "snapshot 99% full, 100% in 3 min 5 s; sending 42%"
            + " [################------------------------] 84 MiB of 200 MiB, 86 MiB/s,"
            + " 1 min 4 s left",
        at(200, FILLING));
  }

  @Test
  void a_terminal_that_shows_more_than_ascii_has_a_smooth_bar() {
    assertEquals("sending 42% ▕█░░░▏ 84M/200M 86M/s 1m04s", line(NONE).fitted(39, true, false));
  }

  @Test
  void red_is_what_will_be_lost_and_nothing_else() {
    var late = new ProgressLine("sending", 84 * MIB, 200 * MIB, 86 * MIB, 600, FILLING);
    assertEquals(
        "\u001b[1;31mfull in 3m05s! \u001b[0m42% 84M/200M 86M/s 10m00s",
        late.fitted(41, true, true));
    assertEquals(line(FILLING).fitted(39, true, false), line(FILLING).fitted(39, true, true));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 20, 39, 59, 79, 119, 199})
  void it_never_is_wider_than_there_is_room(int room) {
    for (var fuel : List.of(NONE, FILLING, RESTING)) {
      for (long total : new long[] {0, 1, 200 * MIB, Long.MAX_VALUE}) {
        for (long left : new long[] {-1, 0, 3600 * 30, Long.MAX_VALUE / 2}) {
          var line =
              new ProgressLine("connecting to a-host", Math.min(total, 77), total, 3, left, fuel);
          var text = line.fitted(room, false, false);
          assertTrue(text.length() <= room, text);
        }
      }
    }
  }

  @Test
  void what_has_no_known_end_has_no_bar() {
    var line = new ProgressLine("receiving", 84 * MIB, 0, 86 * MIB, -1, NONE);
    assertEquals("receiving: 84 MiB, 86 MiB/s", line.fitted(79, true, false));
    assertEquals("receiving: 84 MiB, 86 MiB/s", line.text());
  }

  @Test
  void a_log_gets_all_of_it_with_the_urgent_first() {
    assertEquals(
        "snapshot 99% full, 100% in 3 min 5 s; sending: 84 MiB of 200 MiB (42%), 86 MiB/s,"
            + " 1 min 4 s left",
        line(FILLING).text());
    assertEquals(
        "sending: 84 MiB of 200 MiB (42%), 86 MiB/s, 1 min 4 s left; snapshot 10% full",
        line(RESTING).text());
  }

  private static String at(int columns, Optional<StoreUsage> fuel) {
    return line(fuel).fitted(columns - 1, false, false);
  }

  private static ProgressLine line(Optional<StoreUsage> fuel) {
    return new ProgressLine("sending", 84 * MIB, 200 * MIB, 86 * MIB, 64, fuel);
  }
}
