package org.blkdelta.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.guardian.Answer.State;
import org.blkdelta.guardian.Request.Wish;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a guardian does by itself; the rest is in the cutovers' test.
class GuardianTest {

  private static final long LEASE = 60;
  private static final long DEADLINE = 300;

  private final List<String> run = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private boolean isOn = true;
  private boolean isStartable = true;
  private long seconds = 1000;

  @TempDir Path folder;
  private Optional<GuardianLog> log = Optional.empty();

  private final World world =
      new World() {
        @Override
        public String bootId() {
          return "boot";
        }

        @Override
        public long seconds() {
          return seconds;
        }

        @Override
        public Optional<String> run(List<String> hook, long limitSeconds) {
          run.add(hook.getFirst());
          if (hook.getFirst().equals("start") && !isStartable) {
            return Optional.of("exited with 1: no memory");
          }
          isOn = hook.getFirst().equals("start") || (isOn && !hook.getFirst().equals("stop"));
          return Optional.empty();
        }

        @Override
        public Power power() {
          return isOn ? Power.ON : Power.OFF;
        }

        @Override
        public void mark() {}

        @Override
        public Optional<String> changed() {
          return Optional.empty();
        }
      };

  @BeforeEach
  void open() throws IOException {
    log = Optional.of(GuardianLog.open(folder.resolve("guardian.ndjson"), true));
  }

  @AfterEach
  void close() throws IOException {
    log.orElseThrow().close();
  }

  private Guardian begun() throws IOException {
    var none = List.<String>of();
    var hooks = new Order.Hooks(List.of("stop"), List.of("is"), none, List.of("start"), none, none);
    var order = new Order(1, "web", "id", false, none, hooks, Map.of(), LEASE, DEADLINE, 30);
    return Guardian.begin(order, world, log.orElseThrow(), false, told::add);
  }

  private Guardian stopped() throws IOException {
    var guardian = begun();
    guardian.hear(new Request(1, Wish.STOP, 0), seconds);
    guardian.look();
    assertEquals(State.OFF, guardian.state());
    return guardian;
  }

  @Test
  void a_source_that_is_off_is_started_when_nothing_is_heard_for_the_lease() throws IOException {
    var guardian = stopped();
    seconds += LEASE;
    guardian.look();
    assertEquals(State.OFF, guardian.state());
    seconds++;
    guardian.look();
    assertEquals(State.RETURNED, guardian.state());
    assertTrue(isOn);
    assertEquals(List.of("the source is to be on: nothing was heard for 61 s"), told);
  }

  @Test
  void words_keep_it_off_until_the_deadline_and_no_longer() throws IOException {
    var guardian = stopped();
    for (long end = seconds + DEADLINE; seconds <= end; seconds++) {
      guardian.hear(new Request(2, Wish.BEAT, 0), seconds);
      guardian.look();
      assertEquals(State.OFF, guardian.state(), "at " + seconds);
    }
    var late = guardian.hear(new Request(3, Wish.MARK, 1), seconds);
    assertEquals(State.RETURNING, late.state());
    guardian.look();
    assertEquals(State.RETURNED, guardian.state());
    assertEquals(List.of("the source is to be on: the deadline has passed"), told);
  }

  @Test
  void a_word_after_the_lease_changes_nothing() throws IOException {
    var guardian = stopped();
    guardian.hear(new Request(2, Wish.MARK, 1), seconds);
    seconds += LEASE + 1;
    var answer = guardian.hear(new Request(3, Wish.HANDOVER, 1), seconds);
    assertEquals(State.RETURNING, answer.state());
    assertEquals("the source is not off", answer.what());
  }

  @Test
  void what_was_handed_over_is_never_started_again() throws IOException {
    var guardian = stopped();
    long mark = guardian.hear(new Request(2, Wish.MARK, 0), seconds).mark();
    assertEquals(
        State.OFF, guardian.hear(new Request(3, Wish.HANDOVER, 6), seconds).state(), "other mark");
    assertEquals(
        State.HANDED_OVER, guardian.hear(new Request(4, Wish.HANDOVER, mark), seconds).state());
    assertEquals(State.HANDED_OVER, guardian.hear(new Request(5, Wish.BACK, 0), seconds).state());
    seconds += 10 * DEADLINE;
    guardian.look();
    assertEquals(State.HANDED_OVER, guardian.state());
    assertEquals(List.of("stop"), run);
  }

  @Test
  void a_source_that_does_not_start_is_tried_on_and_told_once() throws IOException {
    var guardian = stopped();
    isStartable = false;
    var answer = guardian.hear(new Request(2, Wish.BACK, 0), seconds);
    for (int i = 0; i < 5; i++) {
      guardian.look();
      answer = guardian.hear(new Request(3, Wish.BEAT, 0), seconds);
    }
    assertEquals(State.RETURNING, answer.state());
    assertEquals("start_source: exited with 1: no memory", answer.what());
    assertEquals(
        List.of(
            "the source is to be on: it is asked for", "start_source: exited with 1: no memory"),
        told);
    isStartable = true;
    guardian.look();
    assertEquals(State.RETURNED, guardian.state());
  }

  @Test
  void what_is_asked_twice_is_done_once() throws IOException {
    var guardian = stopped();
    var first = guardian.hear(new Request(2, Wish.MARK, 0), seconds);
    assertTrue(first.mark() != 0);
    guardian.hear(new Request(0, Wish.BEAT, 0), seconds);
    assertEquals(first, guardian.hear(new Request(2, Wish.MARK, 0), seconds));
    var other = guardian.hear(new Request(3, Wish.MARK, 0), seconds);
    assertTrue(other.mark() != 0 && other.mark() != first.mark());
    assertEquals(
        "the volumes are to be marked first",
        guardian.hear(new Request(4, Wish.HANDOVER, first.mark()), seconds).what());
  }

  @Test
  void one_that_ends_what_another_left_does_not_stop_the_source_again() throws IOException {
    begun().hear(new Request(1, Wish.STOP, 0), seconds);
    isOn = true; // it has ignored that
    run.clear();
    seconds += 20;
    var written = GuardianLog.read(folder.resolve("guardian.ndjson")).orElseThrow();
    var late = Guardian.resume(written, world, log.orElseThrow(), told::add);
    late.hear(new Request(0, Wish.BACK, 0), seconds);
    late.look();
    assertEquals(State.RETURNING, late.state(), "it may still stop");
    assertEquals(List.of(), run);
    isOn = false;
    late.look();
    assertEquals(State.RETURNED, late.state());
    assertEquals(List.of("start"), run);
  }

  @Test
  void one_that_is_started_again_repeats_the_stop_but_not_after_the_deadline() throws IOException {
    begun().hear(new Request(1, Wish.STOP, 0), seconds);
    isOn = true;
    run.clear();
    var written = GuardianLog.read(folder.resolve("guardian.ndjson")).orElseThrow();
    Guardian.resume(written, world, log.orElseThrow(), told::add).repeatStop();
    assertEquals(List.of("stop"), run);
    isOn = true;
    run.clear();
    seconds += DEADLINE + 1;
    var late = Guardian.resume(written, world, log.orElseThrow(), told::add);
    late.repeatStop();
    assertEquals(State.RETURNING, late.state());
    assertEquals(List.of(), run);
  }
}
