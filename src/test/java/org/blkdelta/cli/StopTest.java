package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.wire.Frame;
import org.junit.jupiter.api.Test;

class StopTest {

  @Test
  void a_run_that_has_ended_was_not_stopped() throws IOException {
    var stop = new Stop();
    stop.finished();
    assertEquals(Optional.empty(), stop.request());
    var writing = new Stop();
    writing.before(frame -> {}).accept(new Frame.Zero(0, 1));
    writing.finished();
    assertEquals(Optional.empty(), writing.request());
  }

  @Test
  void before_the_first_change_nothing_was_written() {
    assertEquals(
        Optional.of("stopped by a signal before anything was written"), new Stop().request());
  }
}
