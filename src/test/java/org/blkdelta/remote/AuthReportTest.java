package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a login that failed says of what it tried.
class AuthReportTest {

  private final AuthReport report = new AuthReport(warning -> {});

  @Test
  void a_key_that_could_not_be_used_was_not_tried() {
    report.tried("key a");
    report.tried("key b");
    report.skipped("key b", new IOException("wrong passphrase"));
    report.accepted(List.of("publickey"));
    assertEquals(
        "tried key a; skipped key b (wrong passphrase); the server accepts publickey",
        report.toString());
  }

  @Test
  void nothing_to_offer_is_said_with_what_to_do() {
    assertEquals("there is no key to offer: name one by -i, or start an agent", report.toString());
  }
}
