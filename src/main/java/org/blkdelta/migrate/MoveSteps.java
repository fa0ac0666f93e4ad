package org.blkdelta.migrate;

import java.util.List;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.ShellWords;

/// What a cutover of a job would run, in words.
record MoveSteps(Job job) {

  /// Adds what a cutover would run, in order, and what it would if it failed; and what is missing
  /// for one. A job without hooks has none.
  void add(List<String> steps, List<SyncException> findings) {
    if (!job.move().isAny()) {
      return;
    }
    var source = job.move().source();
    var there = job.move().there();
    var near = job.source().map(Object::toString).orElse("here");
    var far = job.destination().map(Object::toString).orElse("here");
    hook(steps, far, "before it, by run: rehearse", there.rehearse());
    hook(steps, "here", "before_cutover", job.move().here().beforeCutover());
    steps.add(
        "cutover: %s: a guardian begins, which starts the source again after %s without a word, or %s after its begin"
            .formatted(
                near,
                Sizes.duration(job.move().leaseSeconds()),
                Sizes.duration(job.move().deadlineSeconds())));
    hook(steps, near, "stop", source.stop());
    hook(steps, near, "is_off", source.isOff());
    hook(steps, near, "if it doesn't stop: kill", source.kill());
    hook(steps, near, "hold", source.hold());
    hook(steps, far, "start", there.start());
    hook(steps, far, "is_up", there.isUp());
    hook(steps, near, "if it fails: release", source.release());
    hook(steps, near, "if it fails: start_source", source.startSource());
    hook(steps, far, "before a rollback: is_off_there", there.isOff());
    hook(steps, "here", "notify", job.move().here().ended());
    var missing = job.move().missing();
    if (!missing.isEmpty()) {
      findings.add(Move.incomplete(job.name(), missing));
    }
  }

  private static void hook(List<String> steps, String where, String name, List<String> words) {
    if (!words.isEmpty()) {
      steps.add("cutover: %s: %s: %s".formatted(where, name, ShellWords.join(words)));
    }
  }
}
