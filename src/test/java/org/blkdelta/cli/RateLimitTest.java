package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;

class RateLimitTest {

  @Test
  void a_rate_is_a_size_with_or_without_a_second() throws UsageException {
    assertEquals(20 << 20, RateLimit.bytes("20M"));
    assertEquals(20 << 20, RateLimit.bytes("20MiB/s"));
    assertEquals(0, RateLimit.bytes("0"));
  }

  @Test
  void what_is_refused_tells_what_is_taken() {
    for (var text : List.of("", "-1", "K", "x", "10Mbit")) {
      var refused = assertThrows(UsageException.class, () -> RateLimit.bytes(text), text);
      assertEquals(
          "--bwlimit=%s: write bytes, or a number with a unit: 500K, 10M, 1.5GiB, 10MB; 0: no limit"
              .formatted(text),
          refused.getMessage());
    }
  }
}
