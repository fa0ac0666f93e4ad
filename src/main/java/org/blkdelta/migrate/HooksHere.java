package org.blkdelta.migrate;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.guardian.HookWords;
import org.blkdelta.host.Commands;
import org.blkdelta.host.HostCommands;
import org.blkdelta.report.Reporter;

/// The hooks that run where the job does.
record HooksHere(Job job, Reporter reporter) {

  /// What a hook exits with if it is not the time; EX_TEMPFAIL of sysexits.h.
  private static final int NOT_NOW = 75;

  private static final long HOOK_SECONDS = 120;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /// Asks whether the machine may be stopped now, and returns whether it may.
  ///
  /// @throws RefusedException if the hook fails
  boolean agreeToCutover() throws IOException {
    var outcome = run(job.move().here().beforeCutover(), "");
    if (outcome.status() == NOT_NOW) {
      reporter.say("job %s: before_cutover says that it is not the time".formatted(job.name()));
      return false;
    }
    if (outcome.status() != 0) {
      throw new RefusedException(
          "job %s: before_cutover %s; nothing was stopped"
              .formatted(job.name(), HookWords.failure(outcome.status(), outcome.complaint())));
    }
    return true;
  }

  /// Tells the user's own program how a command ended. What that does changes nothing.
  void notify(String reason) {
    try {
      var outcome = run(job.move().here().ended(), reason);
      if (outcome.status() != 0) {
        warn(HookWords.failure(outcome.status(), outcome.complaint()));
      }
    } catch (IOException fault) {
      warn(SyncException.describe(fault));
    }
  }

  private void warn(String why) {
    reporter.warn("job %s: notify %s".formatted(job.name(), why));
  }

  private Commands.Outcome run(List<String> hook, String reason) throws IOException {
    if (hook.isEmpty()) {
      return new Commands.Outcome(0, "", "");
    }
    var environment = Map.of("BLKDELTA_JOB", job.name(), "BLKDELTA_REASON", reason);
    return new HostCommands(PATIENCE).run(HookWords.of(hook, environment, HOOK_SECONDS));
  }
}
