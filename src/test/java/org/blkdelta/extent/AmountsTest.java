package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "4096, 4096",
    "512B, 512",
    "500K, 512000",
    "10M, 10485760",
    "10m, 10485760",
    "10MiB, 10485760",
    "10mib, 10485760",
    "10MB, 10000000",
    "10kB, 10000",
    "1.5G, 1610612736",
    "1.5GB, 1500000000",
    "0.3K, 307",
    "2T, 2199023255552",
    "1P, 1125899906842624",
    "8191P, 9222246136947933184"
  })
  void a_size_is_bytes_or_has_a_unit(String text, long bytes) {
    assertEquals(OptionalLong.of(bytes), Amounts.bytes(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "-1", "K", "1,5M", "1e6", "10X", "10MBit", "10 M", "0x10", "1.", ".5M", "8192P",
        "0.0001K", "1.5", "1.5B"
      })
  void anything_else_is_no_size(String text) {
    assertTrue(Amounts.bytes(text).isEmpty(), text);
  }

  @ParameterizedTest
  @CsvSource({
    "90, 90",
    "90s, 90",
    "10m, 600",
    "10min, 600",
    "2h, 7200",
    "1.5h, 5400",
    "1h30m, 5400",
    "1d, 86400",
    "1H, 3600",
    "1d2h3m4s, 93784"
  })
  void a_time_is_seconds_or_has_units(String text, long seconds) {
    assertEquals(Optional.of(Duration.ofSeconds(seconds)), Amounts.time(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "0m", "-1", "m", "1m1h", "soon", "1y", "0.1", "12345678"})
  void anything_else_is_no_time(String text) {
    assertTrue(Amounts.time(text).isEmpty(), text);
  }
}
