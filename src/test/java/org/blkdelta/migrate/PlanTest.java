package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.Growth;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.Made;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.report.ExitCode;
import org.blkdelta.run.Limit;
import org.junit.jupiter.api.Test;

class PlanTest {

  private final FakeLvm lvm = new FakeLvm(() -> {});
  private final List<String> refused = new ArrayList<>();

  private static JobDisk disk(String name, long bytes) {
    return new JobDisk(new LvmName("vg", name), "/dev/new/" + name, new SnapshotSize(0, bytes));
  }

  private final FakeLvm there = new FakeLvm(() -> {});
  private Move move = Moves.NONE;

  private Plan.Result look(String name, JobDisk... disks) throws IOException {
    var job =
        new Job(
            name,
            Optional.empty(),
            Optional.empty(),
            List.of(disks),
            1,
            Limit.NONE,
            Optional.empty(),
            move,
            Optional.empty());
    return new Plan(
            job,
            new Volumes(job, "abcdef01", lvm),
            new Copies(job, there),
            (disk, volume) -> {
              if (refused.contains(disk.to())) {
                throw new RefusedException(disk.to() + ": is mounted at /mnt");
              }
            },
            Optional.empty(),
            new JobState(List.of()))
        .look();
  }

  @Test
  void what_a_round_would_do_is_told_in_order() throws IOException {
    lvm.add("web", false);
    lvm.add("data", true);
    var plan = look("job", disk("web", 1000), disk("data", 1));
    assertEquals(
        List.of(
            "here: lvcreate -qq -y -s -n web-job-r1 --addtag blkdelta.job=job --addtag"
                + " blkdelta.id=abcdef01 -L 1024b vg/web",
            "job: if vg/web-job-r1 is 70% full: one more round at once",
            "here: lvcreate -qq -y -s -n data-job-r1 --addtag blkdelta.job=job --addtag"
                + " blkdelta.id=abcdef01 -kn -ay vg/data",
            "job: sends vg/web to /dev/new/web",
            "job: sends vg/data to /dev/new/data"),
        plan.steps());
    assertEquals(List.of(), plan.findings());
    assertEquals(ExitCode.DONE, plan.code());
  }

  @Test
  void what_is_done_about_a_snapshot_that_fills_is_told() throws IOException {
    lvm.add("web", false);
    var growth = new Growth(5 << 20, 60, new SnapshotSize(10, 0));
    var size = new SnapshotSize(0, 1000);
    var plan =
        look(
            "job",
            new JobDisk(
                new LvmName("vg", "web").toString(),
                "/dev/new/web",
                size,
                growth,
                Optional.empty()));
    assertEquals(
        "here: if vg/web-job-r1 is 60% full: lvextend -qq -y -L +5242880b vg/web-job-r1, while"
            + " volume group vg keeps 195 KiB free; else one more round at once",
        plan.steps().get(1));
  }

  @Test
  void destinations_that_would_be_made_are_told_and_what_they_lack() throws IOException {
    lvm.add("web", false);
    lvm.add("data", true);
    lvm.add("db", true);
    there.add("db", false);
    refused.add("/dev/vg/db");
    there.free = 4000;
    var plan =
        look(
            "job",
            made("web", Optional.empty()),
            made("data", Optional.of("pool")),
            made("db", Optional.empty()));
    assertEquals(
        List.of(
            "here: lvcreate -qq -y -n web --addtag blkdelta.copy=job -Zy -Wy -L 4096b vg",
            "here: lvcreate -qq -y -n data --addtag blkdelta.copy=job -V 4096b --thinpool pool vg"),
        plan.steps().subList(0, 2));
    assertEquals(
        List.of(
            "here: vg/pool: there is no such thin pool; see lvs",
            "here: volume group vg: has 3.9 KiB free, and the volumes to be made need 4 KiB; free some",
            "/dev/vg/db: is mounted at /mnt"),
        plan.findings());
    assertEquals(List.of(), there.made);
  }

  /// Whatever is wrong, at both ends, in one go, and nothing is changed.
  @Test
  void eighteen_faults_are_found_at_once_and_nothing_is_written() throws IOException {
    var wide = "w".repeat(125);
    for (var name : List.of("taken", "strange", "off", "mounted", "small", "self", "held", wide)) {
      lvm.add(name, true);
    }
    lvm.add("huge", false);
    lvm.add("many", false);
    lvm.snapshot("old", "huge", "");
    lvm.snapshot("taken-job-r1", "taken", "blkdelta.job=job,blkdelta.id=of-another-machine");
    lvm.volumes.put("odd", new FakeLvm.Volume(new int[FakeLvm.BLOCKS], "", "", false));
    lvm.kinds.put("odd", "vdo");
    lvm.inactive.add("off");
    lvm.add("copied", true);
    lvm.add("pooled", true);
    lvm.add("grouped", true);
    there.add("pooled-not", false);
    there.free = 100;
    for (var name : List.of("mounted", "small", "self", "held", "strange", "huge")) {
      refused.add("/dev/new/" + name);
    }
    move = Moves.with(List.of("stop"), List.of("start"), List.of());
    var before = List.copyOf(lvm.volumes.keySet());
    var beforeThere = List.copyOf(there.volumes.keySet());
    var plan =
        look(
            "job",
            disk("gone", 1),
            new JobDisk(new LvmName("nowhere", "web"), "/dev/new/web", SnapshotSize.USUAL),
            disk("old", 1),
            disk("odd", 1),
            disk("off", 1),
            disk("taken", 1),
            disk(wide, 1),
            disk("huge", 600_000),
            disk("many", 600_000),
            disk("mounted", 1),
            disk("small", 1),
            disk("self", 1),
            disk("held", 1),
            disk("strange", 1),
            made("copied", Optional.empty()),
            made("pooled", Optional.of("pool")),
            new JobDisk(
                new LvmName("vg", "grouped").toString(),
                "/dev/there/grouped",
                SnapshotSize.USUAL,
                Growth.USUAL,
                Optional.of(new Made(Optional.empty()))));
    var found = String.join("\n", plan.findings());
    for (var each :
        List.of(
            "vg/gone: there is no such volume",
            "nowhere/web: there is no such volume",
            "vg/old: is a snapshot; name the volume that it was taken from, vg/huge",
            "vg/odd: is a volume of LVM's kind vdo",
            "vg/off: is not active; lvchange -ay vg/off",
            "vg/taken-job-r1: is not this job's",
            wide + "-job-r1: is longer than the 127 letters",
            "volume group vg: has 977 KiB free, and two rounds of snapshots need",
            "/dev/new/huge: is mounted",
            "/dev/new/mounted: is mounted",
            "/dev/new/small: is mounted",
            "/dev/new/self: is mounted",
            "/dev/new/held: is mounted",
            "/dev/new/strange: is mounted",
            "here: there: there is no such volume group; make it, or change `to`",
            "here: vg/pool: there is no such thin pool",
            "here: volume group vg: has 100 B free, and the volumes to be made need 4 KiB",
            "job job: without the hooks is_off, start_source, hold, release, is_up")) {
      assertTrue(found.contains(each), each + " is not in:\n" + found);
    }
    assertEquals(18, plan.findings().size(), found);
    assertEquals(before, List.copyOf(lvm.volumes.keySet()));
    assertEquals(beforeThere, List.copyOf(there.volumes.keySet()));
  }

  private static JobDisk made(String name, Optional<String> pool) {
    var size = new SnapshotSize(0, 1000);
    var made = Optional.of(new Made(pool));
    return new JobDisk(
        new LvmName("vg", name).toString(), "/dev/vg/" + name, size, Growth.USUAL, made);
  }

  @Test
  void all_that_is_wrong_is_told_at_once() throws IOException {
    lvm.add("web", false);
    lvm.add("named", true);
    lvm.snapshot("named-job-r1", "named", "");
    lvm.snapshot("old", "web", "");
    refused.add("/dev/new/web");
    var plan = look("job", disk("web", 600_000), disk("named", 1), disk("old", 1), disk("gone", 1));
    assertEquals(
        List.of(
            "vg/named-job-r1: is not this job's, and has the name that its snapshot would have;"
                + " rename one of them",
            "vg/old: is a snapshot; name the volume that it was taken from, vg/web",
            "vg/gone: there is no such volume; see lvs",
            "volume group vg: has 977 KiB free, and two rounds of snapshots need 1.1 MiB; free"
                + " some, or make snapshot.size smaller",
            "/dev/new/web: is mounted at /mnt"),
        plan.findings());
    assertEquals(ExitCode.REFUSED, plan.code());
    assertTrue(lvm.tagged().isEmpty());
  }

  @Test
  void a_name_that_lvm_would_not_take_is_found() throws IOException {
    var name = "a".repeat(110);
    lvm.add(name, true);
    var plan = look("a-long-name-of-a-job", disk(name, 1));
    assertEquals(
        "vg/%s-a-long-name-of-a-job-r1: is longer than the 127 letters that LVM allows; shorten the job's name"
            .formatted(name),
        plan.findings().getFirst());
  }

  @Test
  void what_a_cutover_would_run_is_told_and_what_it_lacks() throws IOException {
    lvm.add("data", true);
    move =
        Moves.with(
            List.of("stop", "is_off"), List.of("start", "is_up", "rehearse"), List.of("notify"));
    var plan = look("job", disk("data", 1));
    assertEquals(
        List.of(
            "cutover: here: before it, by run: rehearse: rehearse",
            "cutover: here: a guardian begins, which starts the source again after 1 min 0 s"
                + " without a word, or 10 min 0 s after its begin",
            "cutover: here: stop: stop",
            "cutover: here: is_off: is_off",
            "cutover: here: start: start",
            "cutover: here: is_up: is_up",
            "cutover: here: notify: notify"),
        plan.steps().subList(2, plan.steps().size()));
    assertEquals(
        List.of(
            "job job: without the hooks start_source, hold, release the machine cannot be moved; write"
                + " them under [hooks], or name it by vm"),
        plan.findings());
  }
}
