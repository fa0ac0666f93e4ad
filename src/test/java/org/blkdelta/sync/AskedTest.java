package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.wire.Told;
import org.junit.jupiter.api.Test;

class AskedTest {

  private static final String WHY =
      "; a forced command in its authorized_keys, a sudo rule or a wrapper changes the command line:"
          + " let it pass the words on as they are; nothing was written";

  private final Asked asked =
      new Asked(List.of("receive", "--dry-run", "--", "/dev/vg0/web"), new Asked.Place());

  @Test
  void what_was_asked_is_confirmed() {
    assertDoesNotThrow(() -> asked.check("new", Told.of(asked.words())));
  }

  @Test
  void a_word_that_was_lost_is_named() {
    refused(
        "new: the remote side was not told \"--dry-run\"" + WHY,
        Told.of(List.of("receive", "--", "/dev/vg0/web")));
  }

  @Test
  void a_word_that_was_added_is_named() {
    refused(
        "new: the remote side was told \"--force=held\", which was not asked for" + WHY,
        Told.of(List.of("receive", "--dry-run", "--force=held", "--", "/dev/vg0/web")));
  }

  @Test
  void another_path_is_named_without_steering_the_terminal() {
    refused(
        "new: the remote side was told \"/dev/vg1/w?b\", not \"/dev/vg0/web\"" + WHY,
        Told.of(List.of("receive", "--dry-run", "--", "/dev/vg1/w\u202eb")));
  }

  @Test
  void another_order_is_something_else() {
    refused(
        "new: the remote side was told \"receive -- --dry-run /dev/vg0/web\", not \"receive"
            + " --dry-run -- /dev/vg0/web\""
            + WHY,
        Told.of(List.of("receive", "--", "--dry-run", "/dev/vg0/web")));
  }

  @Test
  void one_that_says_nothing_is_of_another_version() {
    refused(
        "new: the remote side does not say what it was told to do; install the same blkdelta on"
            + " both",
        Told.NOTHING);
  }

  @Test
  void the_connections_of_a_command_reach_one_destination() throws ConnectionException {
    asked.check("new", at(Optional.empty()));
    asked.check("new", at(Optional.of("b:253:1@monday")));
    asked.check("new", at(Optional.of("b:253:1@monday")));
    refused(
        "new: the destination is b:253:2@monday now, and was b:253:1@monday a moment ago; find out"
            + " what the path names there, then run again",
        at(Optional.of("b:253:2@monday")));
    asked.check("new", at(Optional.of("b:253:7@tuesday"))); // it was booted, and numbers anew
  }

  private Told at(Optional<String> destination) {
    return new Told(asked.words(), destination);
  }

  private void refused(String message, Told told) {
    var refused = assertThrows(ConnectionException.class, () -> asked.check("new", told));
    assertEquals(message, refused.getMessage());
  }
}
