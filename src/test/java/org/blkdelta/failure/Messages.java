package org.blkdelta.failure;

import static org.junit.jupiter.api.Assertions.assertTrue;

/// What tests ask of messages.
public final class Messages {

  private Messages() {}

  /// Fails unless the message of `fault` has each of `parts` in it.
  public static void assertSays(Throwable fault, String... parts) {
    for (var part : parts) {
      var message = String.valueOf(fault.getMessage());
      assertTrue(message.contains(part), () -> "\"%s\" is not in: %s".formatted(part, message));
    }
  }
}
