package org.blkdelta.migrate;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.guardian.HookWords;
import org.blkdelta.host.Commands;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;

/// Tries the machine at the destination while it is on at the source, by a hook that starts another
/// one from snapshots of the copies. Whether it left the copies alone is not believed: all of each
/// is compared, while there is time for that.
///
/// @param there runs programs on the destination's machine
/// @param comparison compares the copies with the snapshots that they hold
record Trial(Job job, Commands there, Comparison comparison, Reporter reporter) {

  private static final long HOOK_SECONDS = 540;

  /// Tries it.
  ///
  /// @return `DIFFERENT` if a copy is not what it was; the next round repairs it
  /// @throws RefusedException if the hook fails
  ExitCode run() throws IOException {
    reporter.news("job %s: tries the machine at the destination".formatted(job.name()));
    var hook = job.move().there().rehearse();
    var outcome = there.run(HookWords.of(hook, Map.of("BLKDELTA_JOB", job.name()), HOOK_SECONDS));
    if (outcome.status() != 0) {
      throw new RefusedException(
          "job %s: rehearse %s; nothing was stopped; see why it fails there, and run again"
              .formatted(job.name(), HookWords.failure(outcome.status(), outcome.complaint())));
    }
    var different = different();
    for (var disk : different) {
      reporter.say(
          "job %s: %s: rehearse wrote to its copy; nothing was stopped; have it use snapshots; the next round repairs the copy: blkdelta migrate round"
              .formatted(job.name(), disk));
    }
    if (!different.isEmpty()) {
      return ExitCode.DIFFERENT;
    }
    reporter.news(
        "job %s: rehearse succeeded; %s compared, no copy differs"
            .formatted(job.name(), Sizes.count(job.disks().size(), "disk")));
    return ExitCode.DONE;
  }

  private List<String> different() throws IOException {
    return comparison.run().stream()
        .filter(compared -> !compared.same())
        .map(Comparison.Compared::disk)
        .toList();
  }
}
