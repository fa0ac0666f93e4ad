package org.blkdelta.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameDecoratorContract;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.Test;

class StopTest implements FrameDecoratorContract {

  @Override
  public FrameSink before(FrameSink next) {
    return new Stop().before(next);
  }

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
  void what_an_earlier_try_wrote_is_not_forgotten() throws IOException {
    var stop = new Stop();
    var sink = stop.before(frame -> {});
    sink.accept(new Frame.Zero(0, 1));
    stop.finished();
    stop.request();
    assertTrue(stop.isWantedWithin(60));
    var again = Frame.Expect.zeros(0, 1);
    assertThrows(IncompleteException.class, () -> sink.accept(again));
  }

  @Test
  void each_of_several_runs_stops_and_says_what_is_so_of_its_own_destination() throws IOException {
    var stop = new Stop();
    var one = stop.part().before(frame -> {});
    var other = stop.part().before(frame -> {});
    var third = stop.part().before(frame -> {});
    one.accept(new Frame.Zero(0, 1));
    one.accept(new Frame.End(new Tally().sum()));
    other.accept(new Frame.Zero(0, 1));
    stop.finished();
    assertEquals(Optional.empty(), stop.request());
    var next = new Frame.Zero(4096, 1);
    assertThrows(IncompleteException.class, () -> other.accept(next));
    var back = Frame.Expect.zeros(0, 1);
    assertThrows(UnconfirmedException.class, () -> one.accept(back));
    assertThrows(RefusedException.class, () -> third.accept(back));
    assertTrue(stop.part().isWanted());
  }

  @Test
  void a_comparison_after_the_run_leaves_what_was_written() throws IOException {
    var stop = new Stop();
    var sink = stop.before(frame -> {});
    sink.accept(new Frame.Zero(0, 1));
    sink.accept(new Frame.End(new Tally().sum()));
    stop.finished();
    stop.request();
    var back = Frame.Expect.zeros(0, 1);
    assertThrows(UnconfirmedException.class, () -> sink.accept(back));
  }

  @Test
  void before_the_first_change_nothing_was_written() {
    assertEquals(
        Optional.of("stopped by a signal before anything was written"), new Stop().request());
  }
}
