package org.blkdelta.migrate;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.guardian.Answer;
import org.blkdelta.guardian.Answer.State;
import org.blkdelta.guardian.Order;
import org.blkdelta.guardian.Request.Wish;
import org.blkdelta.host.Children;
import org.blkdelta.host.Commands;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.migrate.Move.Verify;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;

/// Moves the machine: it is stopped, what changed is sent, and it is started at the destination. A
/// guardian at the source stops it, and starts it again if anything fails before the hand-over; it
/// is never on at both sides.
///
/// @param source sends the changes, and compares if that is wanted
/// @param there runs programs on the destination's machine
/// @param pause waits before something is tried again
/// @param nanos a clock that only goes forward
record Cutover(
    Job job,
    JobSource source,
    Guardians guardians,
    Commands there,
    Journal journal,
    Reporter reporter,
    Pause pause,
    LongSupplier nanos) {

  /// How long a source may take to be on again before somebody must look.
  private static final long RETURN_SECONDS = 180;

  /// Waits.
  @FunctionalInterface
  interface Pause {
    /// Waits.
    void seconds(long count) throws IOException;
  }

  /// The guardian starts the source again, or has.
  private static final class Lost extends IOException {
    private static final long serialVersionUID = 1;

    Lost(String why) {
      super(why);
    }
  }

  /// Moves the machine, or goes on with a move that was interrupted.
  ExitCode run() throws IOException {
    var code = moved(settled());
    if (code != ExitCode.STRANDED) {
      tidy();
    }
    return code;
  }

  /// The machine is on again, at whichever side: nobody waits for this.
  private void tidy() {
    try {
      source.tidy();
    } catch (IOException fault) {
      reporter.warn(
          "job %s: older snapshots are left: %s; remove them: blkdelta migrate finish"
              .formatted(job.name(), SyncException.describe(fault)));
    }
  }

  private ExitCode moved(JobState.Machine before) throws IOException {
    return switch (before) {
      case HANDED_OVER -> started(nanos.getAsLong());
      case DESTINATION -> {
        reporter.news("job %s: the machine is at the destination already".formatted(job.name()));
        yield ExitCode.DONE;
      }
      case GOING_BACK ->
          throw new RefusedException(
              "job %s: its machine is being taken back; finish that first: blkdelta migrate rollback"
                  .formatted(job.name()));
      case SOURCE -> begun();
      case UNKNOWN -> throw new IllegalStateException("it is settled");
    };
  }

  /// Finds out where the machine is, if an earlier run left without knowing.
  JobState.Machine settled() throws IOException {
    var state = new JobState(journal.lines());
    if (state.machine() != JobState.Machine.UNKNOWN) {
      return state.machine();
    }
    reporter.news(
        "job %s: an earlier cutover was interrupted; waiting for its guardian"
            .formatted(job.name()));
    var answer = guardians.settle(state.guardian());
    if (answer.state() == State.HANDED_OVER) {
      notes().write(Step.HANDOVER, Phase.DONE, null);
    } else if (answer.state() == State.RETURNED || answer.runs()) {
      notes().write(Step.CUTOVER, Phase.FAILED, "it was interrupted");
      var what = answer.what().isEmpty() ? "the source runs again" : answer.what();
      reporter.news("job %s: %s".formatted(job.name(), what));
    } else {
      throw notStarted(answer);
    }
    return new JobState(journal.lines()).machine();
  }

  private RefusedException notStarted(Answer answer) {
    return new RefusedException(
        "job %s: the source does not start: %s; start it there, and run this again"
            .formatted(job.name(), answer.what()));
  }

  /// A destination that cannot be reached stops nothing.
  private ExitCode begun() throws IOException {
    var ready = source.ready();
    try {
      return guarded();
    } finally {
      ready.close();
    }
  }

  private ExitCode guarded() throws IOException {
    var id = newId();
    notes().write(Step.CUTOVER, Phase.INTENT, id);
    Guardians.Link guardian;
    try {
      guardian = guardians.begin(order(id, false));
    } catch (IOException fault) {
      settled(); // it may have begun all the same
      throw fault;
    }
    try (guardian) {
      return led(guardian);
    }
  }

  private ExitCode led(Guardians.Link guardian) throws IOException {
    long start = nanos.getAsLong();
    long sent;
    var hook = Thread.ofPlatform().name("back").unstarted(() -> leave(guardian));
    try {
      hook(hook);
      stop(guardian);
      notes().measured(Step.STOP, start);
      sent = handOver(guardian);
    } catch (IOException fault) {
      return returned(guardian, SyncException.describe(fault));
    } finally {
      unhook(hook);
    }
    notes().note(Step.HANDOVER, Phase.DONE, null);
    reporter.news("job %s: handed over; the source stays off".formatted(job.name()));
    var code = started(start);
    if (code == ExitCode.DONE) {
      notes().measured(Step.START, sent);
    }
    return code;
  }

  private static void hook(Thread hook) throws IOException {
    try {
      Children.addHook(hook);
    } catch (IllegalStateException ending) {
      throw new Lost("stopped by a signal");
    }
  }

  private static void unhook(Thread hook) {
    try {
      Children.removeHook(hook);
    } catch (IllegalStateException ending) {
      // it runs, or has run
    }
  }

  /// Runs when a signal ends this process. The lease would do the same a minute later.
  private void leave(Guardians.Link guardian) {
    reporter.say(
        "job %s: stopped by a signal; the source is started again, unless it was handed over"
            .formatted(job.name()));
    try {
      guardian.leave();
    } catch (IOException unheard) {
      // the lease runs out
    }
  }

  private void stop(Guardians.Link guardian) throws IOException {
    reporter.news("job %s: stops the machine".formatted(job.name()));
    var answer = guardian.ask(Wish.STOP, 0);
    while (answer.state() == State.STOPPING || answer.state() == State.RUNNING) {
      pause.seconds(1);
      answer = guardian.ask(Wish.STOP, 0);
    }
    checkOff(answer);
  }

  private static void checkOff(Answer answer) throws Lost {
    if (answer.state() != State.OFF) {
      throw new Lost(answer.what().isEmpty() ? "the guardian gave up" : answer.what());
    }
  }

  /// Sends what changed until all is sent that the machine wrote, and has the guardian confirm it.
  ///
  /// @return when it was sent, by `nanos`
  private long handOver(Guardians.Link guardian) throws IOException {
    while (true) {
      var marked = guardian.ask(Wish.MARK, 0);
      checkOff(marked);
      if (marked.mark() == 0) {
        reporter.news("job %s: waits: %s".formatted(job.name(), marked.what()));
      } else if (isSent(guardian)) {
        long sent = nanos.getAsLong();
        var given = guardian.ask(Wish.HANDOVER, marked.mark());
        if (given.state() == State.HANDED_OVER) {
          return sent;
        }
        checkOff(given);
        reporter.news("job %s: not handed over: %s".formatted(job.name(), given.what()));
      }
      pause.seconds(1);
    }
  }

  /// Sends the last changes. A fault is no reason to give up while the machine may be off.
  private boolean isSent(Guardians.Link guardian) throws IOException {
    try {
      var verify = job.move().verify();
      var last = source.last(verify == Verify.WRITTEN);
      if (verify == Verify.ALL) {
        long start = nanos.getAsLong();
        new AtOnce(job.parallel()).each(job.disks(), disk -> compare(disk, last.number()));
        notes().measured(Step.VERIFY, start);
      }
      return true;
    } catch (IOException fault) {
      checkOff(guardian.ask(Wish.BEAT, 0));
      reporter.news("job %s: %s; tries again".formatted(job.name(), SyncException.describe(fault)));
      return false;
    }
  }

  private void compare(JobDisk disk, long round) throws IOException {
    if (!source.isSame(disk, round)) {
      // the next round compares and repairs
      journal.write(round, Step.SEND, Phase.INTENT, job.key(disk), Way.REPAIR.word());
      throw new IncompleteException(job.key(disk) + ": the copy differs");
    }
  }

  /// Has the source started again, and says so when it is on.
  private ExitCode returned(Guardians.Link guardian, String why) throws IOException {
    reporter.say("job %s: %s; the source is started again".formatted(job.name(), why));
    try {
      var answer = guardian.ask(Wish.BACK, 0);
      long until = nanos.getAsLong() + TimeUnit.SECONDS.toNanos(RETURN_SECONDS);
      while (!answer.state().isEnd() && !answer.runs() && nanos.getAsLong() < until) {
        pause.seconds(1);
        answer = guardian.ask(Wish.BEAT, 0);
      }
      if (answer.state() == State.HANDED_OVER) {
        notes().note(Step.HANDOVER, Phase.DONE, null); // its answer was lost
        return started(nanos.getAsLong());
      }
      if (answer.state() == State.RETURNED || answer.runs()) {
        notes().write(Step.CUTOVER, Phase.FAILED, why);
        return ExitCode.ROLLED_BACK;
      }
      reporter.say(
          "job %s: the source does not start: %s; its guardian tries on; look there"
              .formatted(job.name(), answer.what()));
      return ExitCode.STRANDED;
    } catch (ConnectionException unheard) {
      return settled() == JobState.Machine.HANDED_OVER
          ? started(nanos.getAsLong())
          : ExitCode.ROLLED_BACK;
    }
  }

  /// Starts the machine at the destination, unless it is up there.
  private ExitCode started(long begin) throws IOException {
    notes().note(Step.START, Phase.INTENT, null);
    try {
      new MachineThere(job, there, reporter, pause, nanos).start();
    } catch (IOException fault) {
      return stranded(SyncException.describe(fault));
    }
    notes().measured(Step.CUTOVER, begin);
    long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong() - begin);
    reporter.print(
        new MovedFacts(job.name(), JobState.Machine.DESTINATION.word(), seconds),
        "job %s: moved in %s, stop and start included; remove what is left at the source: blkdelta migrate finish"
            .formatted(job.name(), Sizes.duration(seconds)));
    return ExitCode.DONE;
  }

  private record MovedFacts(String job, String state, long seconds) {}

  private ExitCode stranded(String why) throws IOException {
    notes().note(Step.START, Phase.FAILED, why);
    reporter.say(
        "job %s: %s; the source is off, and stays so; fix it there and run blkdelta migrate cutover, or go back: blkdelta migrate rollback"
            .formatted(job.name(), why));
    return ExitCode.STRANDED;
  }

  /// Takes a machine back that was handed over. What was written at the destination is given up.
  ExitCode back() throws IOException {
    var machine = settled();
    if (machine == JobState.Machine.GOING_BACK) {
      var answer = guardians.settle(new JobState(journal.lines()).guardian());
      if (answer.state() == State.RETURNED && answer.what().isEmpty()) {
        return wentBack();
      }
    }
    if (machine == JobState.Machine.SOURCE) {
      reporter.news("job %s: the machine is at the source".formatted(job.name()));
      return ExitCode.DONE;
    }
    new MachineThere(job, there, reporter, pause, nanos).checkOff();
    var id = newId();
    notes().write(Step.BACK, Phase.INTENT, id);
    try (var guardian = guardians.begin(order(id, true))) {
      var answer = guardian.ask(Wish.BEAT, 0);
      long until = nanos.getAsLong() + TimeUnit.SECONDS.toNanos(RETURN_SECONDS);
      while (answer.state() != State.RETURNED && !answer.runs()) {
        if (nanos.getAsLong() > until) {
          reporter.say(String.valueOf(notStarted(answer).getMessage()));
          return ExitCode.STRANDED;
        }
        pause.seconds(1);
        answer = guardian.ask(Wish.BEAT, 0);
      }
    }
    return wentBack();
  }

  private ExitCode wentBack() {
    notes().note(Step.BACK, Phase.DONE, null);
    reporter.finished("job %s: the source runs again".formatted(job.name()));
    return ExitCode.DONE;
  }

  private Order order(String id, boolean returns) {
    return new Order(
        Order.VERSION,
        job.name(),
        id,
        returns,
        job.machine().isPresent()
            ? List.of()
            : job.disks().stream().map(disk -> "/dev/" + disk.volume()).toList(),
        job.move().source(),
        Map.of("BLKDELTA_JOB", job.name()),
        job.move().leaseSeconds(),
        job.move().deadlineSeconds(),
        job.move().stopSeconds());
  }

  private MoveNotes notes() {
    return new MoveNotes(job, journal, reporter, nanos);
  }

  private static String newId() {
    return UUID.randomUUID().toString().substring(0, 8);
  }
}
