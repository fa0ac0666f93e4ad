package org.blkdelta.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.cli.Cli;
import org.blkdelta.extent.StoreUsage;
import org.junit.jupiter.api.Test;

/// What is told of a snapshot while it is read.
class MeterTest {

  private static final StoreUsage FILLING = new StoreUsage(999, 1000, OptionalLong.of(185));
  private static final StoreUsage RESTING = new StoreUsage(100, 1000, OptionalLong.empty());

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(out, true, UTF_8);

  @Test
  void people_see_how_full_it_is_and_when_it_will_be() {
    assertEquals(
        "sending: 0 B of 1 MiB (0%), 0 B/s; snapshot 99% full, 100% in 3 min 5 s",
        text(Optional.of(FILLING)));
    assertEquals(
        "sending: 0 B of 1 MiB (0%), 0 B/s; snapshot 10% full", text(Optional.of(RESTING)));
    assertEquals("sending: 0 B of 1 MiB (0%), 0 B/s", text(Optional.empty()));
  }

  @Test
  void programs_see_it_too() {
    assertEquals(0.999, line(Optional.of(FILLING)).get("fuel").getAsDouble());
    assertEquals(185, line(Optional.of(FILLING)).get("secondsToFull").getAsLong());
    assertEquals(0.1, line(Optional.of(RESTING)).get("fuel").getAsDouble());
    assertFalse(line(Optional.of(RESTING)).has("secondsToFull"));
    assertTrue(line(Optional.empty()).has("secondsLeft"));
    assertFalse(line(Optional.empty()).has("fuel"));
  }

  private String text(Optional<StoreUsage> fuel) {
    var streams = new Streams(InputStream.nullInputStream(), out, err, Cli.MEMORY);
    try (var meter = new TextMeter(streams, 1 << 20, () -> fuel, false)) {
      meter.phase("sending");
      return meter.text();
    }
  }

  private JsonObject line(Optional<StoreUsage> fuel) {
    out.reset();
    try (var meter = new JsonMeter(err, 1 << 20, () -> fuel)) {
      meter.phase("sending");
    }
    var first = out.toString(UTF_8).lines().findFirst().orElseThrow();
    return JsonParser.parseString(first).getAsJsonObject();
  }
}
