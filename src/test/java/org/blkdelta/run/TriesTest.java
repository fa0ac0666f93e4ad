package org.blkdelta.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.report.ExitCode;
import org.junit.jupiter.api.Test;

class TriesTest {

  private final Tries tries = new Tries();

  @Test
  void where_no_try_has_written_the_last_one_says_it() {
    var refused = new RefusedException("new: web: is held");
    assertSame(refused, tries.all(refused));
  }

  @Test
  void what_an_earlier_try_wrote_is_not_forgotten() {
    tries.all(new IncompleteException("new: the connection broke"));
    assertEnds(
        ExitCode.INCOMPLETE,
        "new: cannot connect; an earlier try has written; don't use the destination until a run completes",
        tries.all(new ConnectionException("new: cannot connect")));
    assertEnds(
        ExitCode.INCOMPLETE,
        "new: web: is held; an earlier try has written; don't use the destination until a run completes",
        tries.all(new RefusedException("new: web: is held")));
  }

  @Test
  void the_last_that_wrote_says_how_far_it_came() {
    tries.all(new IncompleteException("new: the connection broke"));
    tries.all(new UnconfirmedException("new: the connection broke at the end"));
    assertEnds(
        ExitCode.UNCONFIRMED,
        "new: cannot connect; an earlier try sent everything, but that was not confirmed: run again",
        tries.all(new ConnectionException("new: cannot connect")));
    assertEnds(
        ExitCode.UNCONFIRMED,
        "new: stopped by a signal; an earlier try sent everything, but that was not confirmed: run again",
        tries.all(new RefusedException("new: stopped by a signal before anything was written")));
    var cut = new IncompleteException("new: the connection broke again");
    assertSame(cut, tries.all(cut));
  }

  private static void assertEnds(ExitCode code, String message, SyncException failed) {
    assertEquals(code, ExitCode.of(failed));
    assertEquals(message, failed.getMessage());
  }
}
