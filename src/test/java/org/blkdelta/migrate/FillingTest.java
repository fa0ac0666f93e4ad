package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.destination.StateStore;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.Growth;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Limit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Classic snapshots that fill, in a group of 2000000 bytes.
class FillingTest {

  private static final LvmName FIRST = new LvmName("vg", "web-job-r1");

  private final FakeLvm lvm = new FakeLvm(() -> {});
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @TempDir Path folder;

  @BeforeEach
  void snapshots() {
    lvm.add("web", false);
    lvm.add("data", true);
    for (var name : List.of("web", "data")) {
      lvm.snapshot(name + "-job-r1", name, "blkdelta.job=job,blkdelta.id=id");
      lvm.volume(name + "-job-r1").used = 71;
    }
    lvm.snapshot("web-backup", "web", "");
    lvm.volume("web-backup").used = 99;
  }

  private static Growth growth(long extend, int keptPercent) {
    return new Growth(extend, 70, new SnapshotSize(keptPercent, 0));
  }

  private Set<LvmName> look(Growth growth) throws IOException {
    var disks =
        List.of(
            new JobDisk(
                new LvmName("vg", "web").toString(),
                "/dev/new/web",
                SnapshotSize.USUAL,
                growth,
                Optional.empty()),
            new JobDisk(
                new LvmName("vg", "data").toString(),
                "/dev/new/data",
                SnapshotSize.USUAL,
                growth,
                Optional.empty()));
    var job =
        new Job(
            "job",
            Optional.empty(),
            Optional.empty(),
            disks,
            1,
            Limit.NONE,
            Optional.empty(),
            Moves.NONE,
            Optional.empty());
    try (var journal = Journal.open(folder, "job", Clock.systemUTC(), line -> {})) {
      var out = new PrintStream(said, true, UTF_8);
      var streams = new Streams(InputStream.nullInputStream(), said, out, new StateStore(folder));
      var reporter = new Reporter(streams, Reporting.USUAL);
      var filling = new Filling(job, new Volumes(job, "id", lvm), journal, reporter);
      var full = filling.look();
      assertEquals(full, filling.look(), "again");
      return full;
    }
  }

  @Test
  void one_that_fills_is_extended_once_and_the_journal_has_it() throws IOException {
    assertEquals(Set.of(), look(growth(100_000, 10)));
    assertEquals(900_000 - 352, lvm.free, "in whole extents");
    assertEquals(99, lvm.volume("web-backup").used, "somebody else's");
    var lines = Journal.read(folder);
    assertEquals(
        List.of(Journal.Phase.INTENT, Journal.Phase.DONE),
        lines.stream()
            .filter(line -> line.step() == Journal.Step.EXTEND)
            .map(Journal.Line::phase)
            .toList());
    assertTrue(
        said.toString(UTF_8).contains("vg/web-job-r1 was 71% full, and is extended by 98 KiB"),
        said.toString(UTF_8));
  }

  @Test
  void one_that_is_not_full_enough_is_left() throws IOException {
    lvm.volume("web-job-r1").used = 69.9;
    assertEquals(Set.of(), look(growth(100_000, 10)));
    assertEquals(1_000_000, lvm.free);
  }

  @Test
  void a_group_keeps_what_it_is_to_keep_and_that_is_said_once() throws IOException {
    assertEquals(Set.of(FIRST), look(growth(100_000, 46)));
    assertEquals(1_000_000, lvm.free);
    assertEquals(
        "blkdelta: warning: job job: vg/web-job-r1 is 71% full, and is not extended: volume group vg"
            + " is to keep 898 KiB free\n",
        said.toString(UTF_8));
  }

  @Test
  void one_that_cannot_be_extended_presses() throws IOException {
    assertEquals(Set.of(FIRST), look(Growth.USUAL));
    assertEquals(Set.of(FIRST), look(growth(2_000_000, 0)));
  }

  @Test
  void one_that_overflowed_already_is_for_the_next_round() throws IOException {
    lvm.volume("web-job-r1").isInvalid = true;
    assertEquals(Set.of(), look(growth(100_000, 10)));
  }
}
