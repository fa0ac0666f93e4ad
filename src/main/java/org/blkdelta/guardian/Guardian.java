package org.blkdelta.guardian;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.blkdelta.failure.SyncException;
import org.blkdelta.guardian.Answer.State;
import org.blkdelta.guardian.World.Power;

/// Sees to it that the source and the destination are never both on, and that the source is on
/// again when a cutover fails. It alone stops and starts the source. It says once, and never takes
/// back, that the source stays off; whoever hears nothing may not start the destination.
///
/// A word must come within the lease: if none does, or the deadline passes, the source is started.
/// Everything that it is at is durable before it is said.
final class Guardian {

  private static final long HOOK_SECONDS = 120;
  private static final long SYNC_SECONDS = 60;
  private static final long KILL_SECONDS = 30;

  /// Flushes the file systems that have what hosts start by themselves. It is done once before the
  /// machine is stopped: that shows that it can be done, and leaves little for the second time.
  private static final List<String> SYNC = List.of("sync", "-f", "/", "/etc", "/var/lib");

  private final Order order;
  private final World world;
  private final GuardianLog log;
  private final Consumer<String> told;
  private final long deadline;
  private State state;
  private boolean held;
  private boolean mayStopLate;
  private boolean killed;
  private boolean runs;
  private long stopUntil;
  private long heard;
  private long mark;
  private long answered;
  private String said = "";
  private String trouble = "";
  private String reason = "";

  private Guardian(
      Order order,
      World world,
      GuardianLog log,
      Consumer<String> told,
      State state,
      boolean held,
      long deadline)
      throws IOException {
    this.order = order;
    this.world = world;
    this.log = log;
    this.told = told;
    this.state = state;
    this.held = held;
    this.deadline = deadline;
    this.heard = world.seconds();
    this.runs = state == State.RUNNING;
  }

  /// Begins a cutover.
  ///
  /// @param mayStopLate whether the source was asked to stop before, and may do so yet
  /// @param told what is to be said to people
  static Guardian begin(
      Order order, World world, GuardianLog log, boolean mayStopLate, Consumer<String> told)
      throws IOException {
    var state = order.returns() ? State.RETURNING : State.RUNNING;
    log.write(world, state, order.returns(), order, "");
    long deadline = world.seconds() + order.deadlineSeconds();
    var guardian = new Guardian(order, world, log, told, state, order.returns(), deadline);
    guardian.mayStopLate = mayStopLate;
    return guardian;
  }

  /// Goes on after this program was killed, or ends what an earlier one left. If the host was
  /// restarted meanwhile, the source is to be on.
  static Guardian resume(
      GuardianLog.Written written, World world, GuardianLog log, Consumer<String> told)
      throws IOException {
    var last = written.last();
    boolean isSameBoot = last.boot().equals(world.bootId());
    long deadline =
        isSameBoot && written.first().boot().equals(last.boot())
            ? written.first().seconds() + written.order().deadlineSeconds()
            : world.seconds();
    var guardian =
        new Guardian(written.order(), world, log, told, last.state(), last.held(), deadline);
    guardian.mayStopLate = isSameBoot && last.state() != State.OFF && !written.order().returns();
    guardian.stopUntil = last.seconds() + written.order().stopSeconds();
    if (!isSameBoot && !last.state().isEnd()) {
      guardian.to(State.RETURNING, "the host was restarted");
    }
    return guardian;
  }

  /// Asks the source again to stop, if it is the time for that: an earlier guardian may have been
  /// killed before it did.
  void repeatStop() throws IOException {
    checkTime(world.seconds());
    if (state == State.STOPPING) {
      run("stop", order.hooks().stop());
    }
  }

  /// Returns what it is at.
  ///
  /// @param n the number of the request
  /// @param what why what was wanted is not done
  Answer answer(long n, String what) {
    var told = !what.isEmpty() ? what : !trouble.isEmpty() ? trouble : reason;
    return new Answer(n, state, mark, runs, told);
  }

  /// Does what is asked.
  ///
  /// @param at when it came, in seconds since the host's start
  Answer hear(Request request, long at) throws IOException {
    checkTime(at);
    heard = Math.max(heard, at);
    if (request.n() > 0 && request.n() == answered) {
      return answer(request.n(), said); // it was asked again, and may not be done again
    }
    var what =
        switch (request.wish()) {
          case BEAT -> "";
          case STOP -> stopped();
          case MARK -> marked();
          case HANDOVER -> offered(request.mark());
          case BACK -> back();
        };
    if (request.n() > 0) { // a beat may come between
      answered = request.n();
      said = what;
    }
    return answer(request.n(), what);
  }

  /// Looks at the time and at the machine, and does what that asks for. Called about once a second.
  void look() throws IOException {
    checkTime(world.seconds());
    switch (state) {
      case STOPPING -> awaitOff();
      case RETURNING -> goBack();
      case RUNNING, OFF, HANDED_OVER, RETURNED -> {}
    }
  }

  State state() {
    return state;
  }

  private void checkTime(long now) {
    if (state.isEnd() || state == State.RETURNING) {
      return;
    }
    if (now > deadline) {
      to(State.RETURNING, "the deadline has passed");
    } else if (now - heard > order.leaseSeconds()) {
      to(State.RETURNING, "nothing was heard for %d s".formatted(now - heard));
    }
  }

  private String stopped() throws IOException {
    if (state == State.RUNNING) {
      try {
        world.mark(); // that can be done
      } catch (IOException fault) {
        to(State.RETURNING, SyncException.describe(fault));
        return SyncException.describe(fault);
      }
      if (!order.hooks().hold().isEmpty() && !isFlushed()) {
        to(State.RETURNING, trouble);
        return trouble;
      }
      to(State.STOPPING, "");
      mayStopLate = true;
      run("stop", order.hooks().stop());
      stopUntil = world.seconds() + order.stopSeconds();
    }
    return "";
  }

  private void awaitOff() throws IOException {
    if (power() == Power.OFF) {
      mayStopLate = false;
      to(State.OFF, "");
    } else if (world.seconds() > stopUntil) {
      if (killed || order.hooks().kill().isEmpty()) {
        to(State.RETURNING, "it did not stop within %d s".formatted(order.stopSeconds()));
      } else {
        killed = true;
        run("kill", order.hooks().kill());
        stopUntil = world.seconds() + KILL_SECONDS;
      }
    }
  }

  /// Holds on to the volumes as they are, under a number that no other moment has.
  private String marked() {
    mark = 0;
    if (state != State.OFF) {
      return "the source is not off";
    }
    if (power() != Power.OFF) {
      return "is_off does not say any more that the source is off";
    }
    try {
      world.mark();
    } catch (IOException fault) {
      return SyncException.describe(fault);
    }
    mark = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    return "";
  }

  /// What cannot be written down is not given away, whatever of it the log has.
  private String offered(long wanted) {
    try {
      return handedOver(wanted);
    } catch (IOException fault) {
      to(State.RETURNING, SyncException.describe(fault));
      return SyncException.describe(fault);
    }
  }

  private String handedOver(long wanted) throws IOException {
    if (state == State.HANDED_OVER) {
      return "";
    }
    if (state != State.OFF || mark == 0 || mark != wanted) {
      return state == State.OFF ? "the volumes are to be marked first" : "the source is not off";
    }
    if (!order.hooks().hold().isEmpty()) {
      write(State.OFF, true, "hold");
      held = true;
      if (!run("hold", order.hooks().hold()) || !isFlushed()) {
        return trouble;
      }
    }
    if (power() != Power.OFF) {
      mark = 0;
      return "is_off does not say any more that the source is off";
    }
    var changed = world.changed();
    if (changed.isPresent()) {
      mark = 0;
      return changed.get();
    }
    if (world.seconds() > deadline) {
      to(State.RETURNING, "the deadline has passed");
      return "the deadline has passed";
    }
    write(State.HANDED_OVER, held, "");
    state = State.HANDED_OVER;
    trouble = "";
    return "";
  }

  /// Leaves the watch over a source that is on, but may stop late, to the guardian of another
  /// cutover.
  void giveWay() {
    if (state == State.RETURNING && runs) {
      to(State.RETURNED, "another cutover begins");
    }
  }

  private String back() {
    if (state == State.HANDED_OVER) {
      return "the source was handed over";
    }
    if (!state.isEnd()) {
      to(State.RETURNING, "it is asked for");
    }
    return "";
  }

  /// Starts the source, unless it is on. One that was asked to stop, and is on, may still stop: it
  /// is watched until the deadline.
  private void goBack() throws IOException {
    boolean isReleased = isReleased();
    var before = power();
    boolean isStarted = before != Power.ON && run("start_source", order.hooks().startSource());
    var now = isStarted ? power() : before;
    if (now == Power.ON || (isStarted && now == Power.UNKNOWN)) {
      runs = true;
      if (held && isReleased && isFlushed()) {
        held = false;
        to(State.RETURNING, "released");
      }
      boolean mayStop = mayStopLate && before != Power.OFF;
      if (world.seconds() > deadline || (!held && !mayStop)) {
        to(State.RETURNED, "");
      }
    }
  }

  /// Returns whether the source's host starts it by itself again, if it did. If that cannot be
  /// done, the source is started all the same; it is flushed when the source is on.
  private boolean isReleased() {
    var release = order.hooks().release();
    return !held || release.isEmpty() || run("release", release);
  }

  private Power power() {
    var power = world.power();
    runs = power == Power.ON;
    return power;
  }

  /// Has what a hook changed survive a power cut.
  private boolean isFlushed() {
    return run("sync", SYNC, SYNC_SECONDS);
  }

  private boolean run(String name, List<String> hook) {
    return run(name, hook, HOOK_SECONDS);
  }

  private boolean run(String name, List<String> hook, long limitSeconds) {
    var before = trouble;
    var fault = world.run(hook, limitSeconds);
    trouble = fault.map(why -> name + ": " + why).orElse("");
    if (!trouble.isEmpty() && !trouble.equals(before)) {
      told.accept(trouble); // it is tried every second
    }
    return fault.isEmpty();
  }

  /// Begins something that is true whether or not it can be written down: the log would have it end
  /// as a restart of the host does, with the source on.
  private void to(State next, String why) {
    state = next;
    if (next == State.RETURNING && reason.isEmpty()) {
      reason = why;
      runs = false; // until it is looked at
    }
    if (!why.isEmpty()) {
      told.accept(
          (next == State.RETURNING ? "the source is to be on" : next.toString()) + ": " + why);
    }
    try {
      write(next, held, why);
    } catch (IOException fault) {
      told.accept("the log cannot be written: " + SyncException.describe(fault));
    }
  }

  private void write(State next, boolean isHeld, String why) throws IOException {
    log.write(world, next, isHeld, null, why);
  }
}
