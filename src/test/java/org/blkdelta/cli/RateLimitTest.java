package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;

class RateLimitTest {

  @Test
  void a_rate_is_a_number_with_or_without_a_unit() throws UsageException {
    assertEquals(1, RateLimit.bytes("1"));
    assertEquals(500 << 10, RateLimit.bytes("500K"));
    assertEquals(20 << 20, RateLimit.bytes("20M"));
    assertEquals(3L << 30, RateLimit.bytes("3G"));
    assertEquals(999_999_999L << 40, RateLimit.bytes("999999999T"));
  }

  @Test
  void anything_else_is_refused() {
    for (var text : List.of("", "0", "-1", "K", "1.5M", "1m", "1MB", "1234567890", "x")) {
      var refused = assertThrows(UsageException.class, () -> RateLimit.bytes(text), text);
      assertEquals(
          "--bwlimit=" + text + ": write a number of bytes, such as 10M", refused.getMessage());
    }
  }
}
