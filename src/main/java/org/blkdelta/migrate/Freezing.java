package org.blkdelta.migrate;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.guardian.HookWords;
import org.blkdelta.host.Commands;
import org.blkdelta.remote.ShellWords;

/// Holds the machine's file systems still while the snapshots are taken. Whoever asks for it may be
/// killed or cut off in between, so a program at the source lets them go after ten seconds whatever
/// happens.
///
/// @param job its name
/// @param freeze the hook that holds them
/// @param thaw the hook that lets them go; it may be run when nothing is held
record Freezing(String job, List<String> freeze, List<String> thaw) {

  /// How long they are held at most.
  static final long MAX_SECONDS = 10;

  /// Less than that: who waits for a freeze may have to take snapshots afterwards.
  private static final long FREEZE_SECONDS = 8;

  private static final long THAW_SECONDS = 30;

  /// Holds them, and returns when that is so.
  ///
  /// @param commands run at the source
  /// @throws RefusedException if they cannot be held; they were let go again
  void begin(Commands commands) throws IOException {
    var token = UUID.randomUUID().toString();
    var later =
        "sleep %d; test \"$(cat %s)\" != %s || exec %s"
            .formatted(MAX_SECONDS, note(), token, ShellWords.join(thaw));
    var script =
        "echo %s >%s || exit 1; setsid sh -c %s </dev/null >/dev/null 2>&1 & exec %s"
            .formatted(token, note(), ShellWords.join(List.of(later)), ShellWords.join(freeze));
    var outcome = run(commands, List.of("sh", "-c", script), FREEZE_SECONDS);
    if (outcome.status() != 0) {
      end(commands);
      throw new RefusedException(
          "job %s: freeze %s; the snapshots are not taken"
              .formatted(job, HookWords.failure(outcome.status(), outcome.complaint())));
    }
  }

  /// Lets them go, and returns why that failed, or nothing.
  String end(Commands commands) throws IOException {
    var script = "rm -f %s; exec %s".formatted(note(), ShellWords.join(thaw));
    var outcome = run(commands, List.of("sh", "-c", script), THAW_SECONDS);
    return outcome.status() == 0 ? "" : HookWords.failure(outcome.status(), outcome.complaint());
  }

  /// Who lets them go later looks whether it is still this time.
  private String note() {
    return "/run/blkdelta-%s.frozen".formatted(job);
  }

  private Commands.Outcome run(Commands commands, List<String> words, long seconds)
      throws IOException {
    return commands.run(HookWords.of(words, Map.of("BLKDELTA_JOB", job), seconds));
  }
}
