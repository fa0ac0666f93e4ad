package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.blkdelta.destination.StateStore;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.Made;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Limit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rounds by a group of fake volumes and destinations that refuse changes which do not start from
/// what they hold, as the real ones do.
class RoundsTest {

  private static final JobDisk WEB = disk("web");
  private static final JobDisk DATA = disk("data");

  /// The process is killed.
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static JobDisk disk(String name) {
    return new JobDisk(new LvmName("vg", name), "/dev/new/" + name, SnapshotSize.USUAL);
  }

  private static Job job(int parallel) {
    return new Job(
        "nightly",
        Optional.empty(),
        Optional.empty(),
        List.of(WEB, DATA),
        parallel,
        Limit.NONE,
        Optional.empty(),
        Moves.NONE,
        Optional.empty());
  }

  private Job job = job(1);
  private final AtomicLong seconds = new AtomicLong();
  private FakeLvm lvm = new FakeLvm(this::tick);
  private FakeCopies copies = new FakeCopies(lvm, this::tick);
  private final FakeLvm there = new FakeLvm(() -> {});
  private long killAt = Long.MAX_VALUE;
  private Random random = new Random(0);

  @TempDir Path folder;

  @BeforeEach
  void volumes() {
    lvm = new FakeLvm(this::tick);
    lvm.add("web", false);
    lvm.add("data", true);
    lvm.snapshot("web-backup", "web", "");
    lvm.snapshot("web-nightly-r99", "web", ""); // no tag: somebody else's
    copies = new FakeCopies(lvm, this::tick);
  }

  /// Whatever is done takes a second, is written to meanwhile, and may be the last that is done.
  private void tick() {
    lvm.write(random);
    if (seconds.incrementAndGet() >= killAt) {
      throw new Killed();
    }
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public Instant instant() {
        RoundsTest.this.tick();
        return Instant.ofEpochSecond(seconds.get());
      }

      @Override
      public ZoneOffset getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(java.time.ZoneId zone) {
        return this;
      }
    };
  }

  private JobState.Round round() throws IOException {
    try (var journal = Journal.open(folder, job.name(), clock(), line -> {})) {
      return rounds(journal).run();
    }
  }

  private Rounds rounds(Journal journal) {
    var out = new ByteArrayOutputStream();
    var streams =
        new Streams(
            InputStream.nullInputStream(), out, new PrintStream(out), new StateStore(folder));
    return new Rounds(
        job,
        new Volumes(job, new JobState(journal.lines()).id(), lvm),
        new Copies(job, there),
        copies,
        journal,
        new Reporter(streams, Reporting.USUAL),
        () -> seconds.get() * 1_000_000_000L);
  }

  private void finish() throws IOException {
    try (var journal = Journal.open(folder, job.name(), clock(), line -> {})) {
      var result =
          new Finish(job, new Volumes(job, new JobState(journal.lines()).id(), lvm), journal).run();
      assertEquals(
          List.of("vg/web-backup", "vg/web-nightly-r99"), result.left().stream().sorted().toList());
    }
  }

  private void assertHeld(long round) {
    for (var disk : job.disks()) {
      var name = disk.volume().volume();
      var snapshot = Objects.requireNonNull(lvm.volumes.get(name + "-nightly-r" + round), name);
      assertTrue(FakeLvm.same(snapshot.blocks, copies.of(disk).blocks), name);
    }
    assertEquals(2, lvm.tagged().size());
  }

  @Test
  void the_first_round_copies_and_later_ones_send_changes() throws IOException {
    assertEquals(1, round().number());
    assertHeld(1);
    assertEquals(2, round().number());
    assertHeld(2);
    assertEquals(
        List.of(
            "copy web-nightly-r1",
            "copy data-nightly-r1",
            "changes web-nightly-r1 web-nightly-r2",
            "changes data-nightly-r1 data-nightly-r2"),
        copies.sent);
    finish();
    assertEquals(List.of(), lvm.tagged());
  }

  @Test
  void the_last_round_leaves_older_snapshots_for_later() throws IOException {
    round();
    try (var journal = Journal.open(folder, job.name(), clock(), line -> {})) {
      assertEquals(2, rounds(journal).still().fromNowOn().number());
      assertEquals(4, lvm.tagged().size());
      rounds(journal).tidy();
      assertHeld(2);
      rounds(journal).tidy();
      assertHeld(2);
    }
  }

  @Test
  void what_a_last_round_left_is_removed_by_the_next_one() throws IOException {
    round();
    try (var journal = Journal.open(folder, job.name(), clock(), line -> {})) {
      rounds(journal).still().fromNowOn();
    }
    assertEquals(3, round().number());
    assertHeld(3);
  }

  @Test
  void a_snapshot_that_overflowed_makes_the_next_round_compare_everything() throws IOException {
    round();
    lvm.volume("web-nightly-r1").isInvalid = true;
    copies.sent.clear();
    round();
    assertEquals(
        List.of("repair web-nightly-r2", "changes data-nightly-r1 data-nightly-r2"), copies.sent);
    assertHeld(2);
  }

  @Test
  void what_overflowed_is_dropped_before_new_snapshots_are_taken() throws IOException {
    round();
    lvm.volume("web-nightly-r1").isInvalid = true;
    lvm.snapshot("data-nightly-r2", "data", ""); // somebody else's: no round can begin
    assertThrows(RefusedException.class, this::round);
    assertEquals(List.of("data-nightly-r1"), lvm.tagged());
  }

  @Test
  void after_finish_a_round_compares_everything() throws IOException {
    round();
    finish();
    copies.sent.clear();
    round();
    assertEquals(List.of("repair web-nightly-r2", "repair data-nightly-r2"), copies.sent);
  }

  @Test
  void a_name_that_is_somebody_elses_stops_a_round_and_leaves_no_snapshot() throws IOException {
    lvm.snapshot("data-nightly-r1", "data", "");
    var refused = assertThrows(RefusedException.class, this::round);
    Messages.assertSays(refused, "the snapshot vg/data-nightly-r1 is not taken", "already exists");
    assertEquals(List.of(), lvm.tagged());
    assertEquals(2, round().number());
  }

  @Test
  void what_has_no_snapshots_is_refused_before_anything() {
    lvm.volumes.remove("data");
    var refused = assertThrows(SourceException.class, this::round);
    Messages.assertSays(refused, "vg/data: there is no such volume");
    assertEquals(List.of(), lvm.tagged());
  }

  @Test
  void destinations_that_are_missing_are_made_once_and_never_removed() throws IOException {
    job = making(Optional.of("pool"), Optional.empty());
    there.add("pool", false);
    there.kinds.put("pool", "thin-pool");
    there.add("data", false);
    round();
    assertEquals(
        List.of(
            "lvcreate -qq -y -n web --addtag blkdelta.copy=nightly -V 4096b --thinpool pool vg"),
        there.made);
    assertHeld(1);
    finish();
    assertTrue(there.volumes.containsKey("web"));
    there.volumes.remove("web");
    round();
    assertEquals(1, there.made.size(), "one that is gone is not made again");
  }

  @Test
  void a_destination_that_cannot_be_made_stops_a_round_before_anything() throws IOException {
    job = making(Optional.empty(), Optional.empty());
    there.add("data", false);
    there.free = 4095;
    var refused = assertThrows(RefusedException.class, this::round);
    Messages.assertSays(refused, "here: the volume vg/web is not made: insufficient free space");
    assertEquals(List.of(), lvm.tagged());
    there.free = 4096;
    assertEquals(1, round().number());
    assertEquals(1, there.made.size());
  }

  /// Returns the job, whose destinations are made.
  private static Job making(Optional<String> web, Optional<String> data) {
    var disks =
        List.of(
            new JobDisk(
                WEB.from(), "/dev/vg/web", WEB.size(), WEB.growth(), Optional.of(new Made(web))),
            new JobDisk(
                DATA.from(),
                "/dev/vg/data",
                DATA.size(),
                DATA.growth(),
                Optional.of(new Made(data))));
    return new Job(
        "nightly",
        Optional.empty(),
        Optional.empty(),
        disks,
        1,
        Limit.NONE,
        Optional.empty(),
        Moves.NONE,
        Optional.empty());
  }

  /// Holds what is written while they are held still.
  private Job frozen() {
    var freezing = new Freezing("nightly", List.of("freeze"), List.of("thaw"));
    var disks = List.of(WEB, DATA);
    return new Job(
        "nightly",
        Optional.empty(),
        Optional.empty(),
        disks,
        1,
        Limit.NONE,
        Optional.of(freezing),
        Moves.NONE,
        Optional.empty());
  }

  @Test
  void snapshots_are_taken_while_the_file_systems_are_held_still() throws IOException {
    job = frozen();
    round();
    assertEquals(List.of("freeze", "lvcreate", "lvcreate", "thaw"), lvm.acts());
    assertHeld(1);
    lvm.fails = "freeze";
    Messages.assertSays(
        assertThrows(RefusedException.class, this::round),
        "job nightly: freeze exited with 1; the snapshots are not taken");
    assertEquals("thaw", lvm.acts().getLast(), "also then");
    lvm.fails = "lvcreate";
    assertThrows(RefusedException.class, this::round);
    assertEquals(List.of("freeze", "lvcreate", "thaw"), lvm.acts().subList(6, 9));
    lvm.fails = "thaw";
    round();
  }

  @Test
  void snapshots_that_take_too_long_are_given_up_since_they_are_let_go_by_then() {
    job = frozen();
    lvm.slowly = () -> seconds.addAndGet(6);
    Messages.assertSays(assertThrows(RefusedException.class, this::round), "took more than 10 s");
    assertEquals("thaw", lvm.acts().getLast());
    assertEquals(List.of(), lvm.tagged());
  }

  private List<Comparison.Compared> compared() throws IOException {
    try (var journal = Journal.open(folder, job.name(), clock(), line -> {})) {
      var volumes = new Volumes(job, new JobState(journal.lines()).id(), lvm);
      return new Comparison(job, volumes, copies, journal).run();
    }
  }

  @Test
  void a_copy_that_differs_is_told_and_repaired_by_the_next_round() throws IOException {
    Messages.assertSays(
        assertThrows(RefusedException.class, this::compared),
        "job nightly: vg/web to /dev/new/web: the copy is not complete; run a round first");
    round();
    var same =
        List.of(
            new Comparison.Compared("vg/web to /dev/new/web", "vg/web-nightly-r1", true),
            new Comparison.Compared("vg/data to /dev/new/data", "vg/data-nightly-r1", true));
    assertEquals(same, compared());
    copies.of(DATA).blocks[1]++;
    var different = new Comparison.Compared(same.getLast().disk(), "vg/data-nightly-r1", false);
    assertEquals(List.of(same.getFirst(), different), compared());
    copies.sent.clear();
    round();
    assertEquals(
        List.of("changes web-nightly-r1 web-nightly-r2", "repair data-nightly-r2"), copies.sent);
    assertHeld(2);
    lvm.volume("web-nightly-r2").isInvalid = true;
    Messages.assertSays(
        assertThrows(SourceException.class, this::compared),
        "job nightly: vg/web-nightly-r2: is lost or overflowed");
  }

  @Test
  void disks_are_sent_at_the_same_time() throws IOException {
    job = job(2);
    var both = new CyclicBarrier(2);
    var meeting =
        new FakeCopies(lvm, this::tick) {
          @Override
          public Sent copy(JobDisk disk, LvmName snapshot) throws IOException {
            try {
              both.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException alone) {
              throw new AssertionError(alone);
            }
            return super.copy(disk, snapshot);
          }
        };
    copies = meeting;
    assertEquals(1, round().number());
    assertHeld(1);
  }

  @Test
  void one_disk_that_fails_is_named_and_the_other_one_is_sent() throws IOException {
    job = job(2);
    var isWebSent = new CountDownLatch(1);
    copies =
        new FakeCopies(lvm, this::tick) {
          @Override
          public Sent copy(JobDisk disk, LvmName snapshot) throws IOException {
            if (disk.equals(DATA)) {
              isWebSent.countDown();
              throw new RefusedException("/dev/new/data: is mounted");
            }
            try {
              isWebSent.await();
            } catch (InterruptedException unexpected) {
              throw new AssertionError(unexpected);
            }
            return super.copy(disk, snapshot);
          }
        };
    var refused = assertThrows(RefusedException.class, this::round);
    assertEquals("vg/data to /dev/new/data: /dev/new/data: is mounted", refused.getMessage());
    var told = Journal.read(folder).stream().filter(line -> line.step() == Step.SEND).toList();
    assertTrue(
        told.stream()
            .anyMatch(
                line -> line.phase() == Phase.DONE && "vg/web to /dev/new/web".equals(line.disk())),
        told.toString());
    var failed = told.stream().filter(line -> line.phase() == Phase.FAILED).toList();
    assertEquals(1, failed.size());
    assertEquals("vg/data to /dev/new/data", failed.getFirst().disk());
    copies = new FakeCopies(lvm, this::tick);
    assertEquals(1, round().number(), "goes on");
    assertEquals(List.of("copy data-nightly-r1"), copies.sent);
  }

  /// Rounds that are killed anywhere, snapshots that overflow at any time: each round that says
  /// that it is done has left what its snapshots hold, and `finish` leaves none of ours.
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 1", "4, 1", "5, 2", "6, 2", "7, 2", "8, 2"})
  void kills_and_overflows_anywhere_lose_nothing(long seed, int parallel) throws IOException {
    job = job(parallel);
    random = new Random(seed);
    for (int schedule = 0; schedule < 60; schedule++) {
      killAt = seconds.get() + 1 + random.nextInt(60);
      if (random.nextInt(4) == 0) {
        overflow();
      }
      try {
        var done = round();
        killAt = Long.MAX_VALUE;
        assertHeld(done.number());
      } catch (Killed killed) {
        // the next round goes on
      } catch (IncompleteException overflowed) {
        // so does it after that
      }
    }
    killAt = Long.MAX_VALUE;
    assertHeld(round().number());
    finish();
    assertEquals(List.of(), lvm.tagged());
  }

  private void overflow() {
    var tagged = lvm.tagged().stream().filter(name -> name.startsWith("web")).toList();
    if (!tagged.isEmpty()) {
      lvm.volume(tagged.get(random.nextInt(tagged.size()))).isInvalid = true;
    }
  }
}
