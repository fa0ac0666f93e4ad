package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.blkdelta.destination.StateStore;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Limit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialTest {

  private static final List<String> NO = List.of();
  private static final JobDisk WEB =
      new JobDisk(new LvmName("vg", "web"), "/dev/new/web", SnapshotSize.USUAL);

  private final Job job =
      new Job(
          "web",
          Optional.empty(),
          Optional.empty(),
          List.of(WEB),
          1,
          Limit.NONE,
          Optional.empty(),
          Moves.with(NO, List.of("rehearse"), NO),
          Optional.empty());
  private final FakeLvm lvm = new FakeLvm(() -> {});
  private final FakeCopies copies = new FakeCopies(lvm, () -> {});
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private Reporter reporter;

  @TempDir Path folder;

  @BeforeEach
  void held() throws IOException {
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            new ByteArrayOutputStream(),
            new PrintStream(said, true, UTF_8),
            new StateStore(folder));
    reporter = new Reporter(streams, Reporting.USUAL);
    lvm.add("web", false);
    try (var journal = journal()) {
      var there = new Copies(job, new FakeLvm(() -> {}));
      new Rounds(job, volumes(journal), there, copies, journal, reporter, System::nanoTime).run();
    }
  }

  private Journal journal() throws IOException {
    return Journal.open(folder, job.name(), Clock.systemUTC(), line -> {});
  }

  private Volumes volumes(Journal journal) {
    return new Volumes(job, new JobState(journal.lines()).id(), lvm);
  }

  private ExitCode tried(Commands there) throws IOException {
    try (var journal = journal()) {
      var comparison = new Comparison(job, volumes(journal), copies, journal);
      return new Trial(job, there, comparison, reporter).run();
    }
  }

  private static Commands.Outcome ended(List<String> words, int status) {
    assertEquals(
        List.of("540", "env", "BLKDELTA_JOB=web", "rehearse"),
        words.reversed().subList(0, 4).reversed());
    return new Commands.Outcome(status, "", status == 0 ? "" : "no kernel");
  }

  @Test
  void a_machine_that_comes_up_from_snapshots_can_be_moved() throws IOException {
    assertEquals(ExitCode.DONE, tried(words -> ended(words, 0)));
  }

  @Test
  void a_machine_that_does_not_is_told_and_nothing_is_stopped() {
    var refused = assertThrows(RefusedException.class, () -> tried(words -> ended(words, 1)));
    Messages.assertSays(
        refused,
        "job web: rehearse exited with 1: no kernel; nothing was stopped; see why it fails there");
  }

  @Test
  void a_rehearsal_that_wrote_to_a_copy_is_found_and_the_copy_repaired() throws IOException {
    var code =
        tried(
            words -> {
              copies.of(WEB).blocks[1]++;
              return ended(words, 0);
            });
    assertEquals(ExitCode.DIFFERENT, code);
    assertTrue(
        said.toString(UTF_8)
            .contains("job web: vg/web to /dev/new/web: rehearse wrote to its copy; nothing was"));
    try (var journal = journal()) {
      assertTrue(new JobState(journal.lines()).isTorn("vg/web to /dev/new/web", 1));
    }
  }
}
