package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.guardian.HookWords;
import org.blkdelta.host.Commands;
import org.blkdelta.report.Reporter;

/// The machine at the destination, by the job's hooks.
///
/// @param there runs programs on the destination's machine
/// @param pause waits before something is asked again
/// @param nanos a clock that only goes forward
record MachineThere(
    Job job, Commands there, Reporter reporter, Cutover.Pause pause, LongSupplier nanos) {

  private static final long HOOK_SECONDS = 240;
  private static final long LOOK_SECONDS = 20;
  private static final long UP_SECONDS = 180;

  /// Starts it, unless it is up, and returns when it is.
  void start() throws IOException {
    var move = job.move().there();
    if (succeeds(move.isUp())) {
      return;
    }
    reporter.news("job %s: starts the machine at the destination".formatted(job.name()));
    var outcome = there.run(alone(move.start(), LOOK_SECONDS));
    long until = nanos.getAsLong() + TimeUnit.SECONDS.toNanos(UP_SECONDS);
    while (!succeeds(move.isUp())) {
      if (outcome.status() != 0) {
        throw new IOException("start " + HookWords.failure(outcome.status(), outcome.complaint()));
      }
      if (nanos.getAsLong() > until) {
        throw new IOException("is_up does not say within %d s that it is up".formatted(UP_SECONDS));
      }
      pause.seconds(1);
    }
  }

  /// Checks that it is off.
  ///
  /// @throws RefusedException if nothing says that it is
  void checkOff() throws IOException {
    var isOff = job.move().there().isOff();
    if (isOff.isEmpty() || there.run(alone(isOff, HOOK_SECONDS)).status() != 0) {
      throw new RefusedException(
          "job %s: %s; stop the machine at the destination first"
              .formatted(
                  job.name(),
                  isOff.isEmpty()
                      ? "without the hook is_off_there, nothing tells whether it is off there"
                      : "is_off_there does not say that the machine is off there"));
    }
  }

  /// Returns the words of a hook of the destination that does not run beside another one: a start
  /// may go on there when nobody here hears of it any more.
  private List<String> alone(List<String> hook, long patienceSeconds) {
    var lock = "/run/blkdelta-%s.lock".formatted(job.name());
    var locked = new ArrayList<>(List.of("flock", "-o", "-w", "" + patienceSeconds, lock));
    locked.addAll(hook);
    return HookWords.of(locked, environment(), HOOK_SECONDS + patienceSeconds);
  }

  private boolean succeeds(List<String> hook) throws IOException {
    return there.run(HookWords.of(hook, environment(), HOOK_SECONDS)).status() == 0;
  }

  private Map<String, String> environment() {
    return Map.of("BLKDELTA_JOB", job.name());
  }
}
