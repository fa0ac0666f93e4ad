package org.blkdelta.lvm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import org.blkdelta.extent.Totals;
import org.blkdelta.lvm.SnapshotSource.State;
import org.junit.jupiter.api.Test;

/// What is said of an active snapshot; of a bare store see [InspectCommandTest].
class SnapshotReportTest {

  private static final long MADE = 1_700_000_000;
  private static final long CHUNK = 4096;
  private static final long STORE = 1000 * CHUNK;

  @Test
  void people_are_told_how_long_the_rest_lasts_and_how_that_is_known() {
    assertEquals(
        """
        format:    dm-snapshot, chunks of 4 KiB
        changed:   396 KiB of 64 MiB (0.60%), 99 chunks in 9 extents
        snapshot:  valid
        store:     408 KiB of 3.9 MiB used (10.2%); at 100% the snapshot is lost
        full in:   8 h 58 min at the average rate of the 1 h 0 min since it was made
        """,
        text(report(102, OptionalLong.of(MADE), 3600)));
  }

  @Test
  void programs_are_told_the_same() {
    assertEquals(
        "{\"valid\":true,\"overflowed\":false,\"storeSize\":4096000,\"storeUsed\":417792,"
            + "\"fuel\":0.102,\"ageSeconds\":3600,\"secondsToFull\":32328}",
        health(report(102, OptionalLong.of(MADE), 3600)).toString());
  }

  @Test
  void what_the_kernel_counts_from_the_start_is_no_growth() {
    assertEquals(
        "{\"valid\":true,\"overflowed\":false,\"storeSize\":4096000,\"storeUsed\":8192,"
            + "\"fuel\":0.002,\"ageSeconds\":3600}",
        health(report(2, OptionalLong.of(MADE), 3600)).toString());
  }

  @Test
  void a_snapshot_of_unknown_or_impossible_age_has_no_rate() {
    var untimed =
        "{\"valid\":true,\"overflowed\":false,\"storeSize\":4096000,\"storeUsed\":417792,"
            + "\"fuel\":0.102}";
    assertEquals(untimed, health(report(102, OptionalLong.empty(), 3600)).toString());
    assertEquals(untimed, health(report(102, OptionalLong.of(MADE), -5)).toString());
    assertEquals(untimed, health(report(102, OptionalLong.of(MADE), 59)).toString());
  }

  @Test
  void a_store_with_room_for_every_chunk_cannot_overflow() {
    // 16384 chunks, 1 header, and an area for each 256 entries with one kept ready
    var enough = text(report(102, OptionalLong.of(MADE), 3600, (16_384 + 1 + 65) * CHUNK));
    assertTrue(enough.endsWith("used (0.6%); it cannot overflow\n"), enough);
    var less = text(report(102, OptionalLong.of(MADE), 3600, (16_384 + 65) * CHUNK));
    assertTrue(less.contains("used (0.6%); at 100% the snapshot is lost\nfull in:"), less);
  }

  private static SnapshotReport report(long usedChunks, OptionalLong made, long seconds) {
    return report(usedChunks, made, seconds, STORE);
  }

  private static SnapshotReport report(
      long usedChunks, OptionalLong made, long seconds, long store) {
    var used = OptionalLong.of(usedChunks * CHUNK);
    var state = new State(CHUNK, 99, 64 << 20, 64 << 20, used, store, made, false);
    return new SnapshotReport(
        () -> state, InstantSource.fixed(Instant.ofEpochSecond(MADE + seconds)));
  }

  private static JsonObject health(SnapshotReport report) {
    return new Gson()
        .toJsonTree(report.facts(new Totals(9, 99 * CHUNK, 0)))
        .getAsJsonObject()
        .getAsJsonObject("state");
  }

  private static String text(SnapshotReport report) {
    var out = new ByteArrayOutputStream();
    report.print(new PrintStream(out, true, UTF_8), new Totals(9, 99 * CHUNK, 0));
    return out.toString(UTF_8);
  }
}
