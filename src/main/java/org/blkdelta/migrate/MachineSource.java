package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.blkdelta.extent.Person;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.migrate.Comparison.Compared;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Reporter;
import org.blkdelta.vsphere.Access;
import org.blkdelta.vsphere.Export;
import org.blkdelta.vsphere.MachineControl;
import org.blkdelta.vsphere.MachineDisk;
import org.blkdelta.vsphere.MachineUri;

/// The disks of a machine of vSphere. While it runs, they are copied once, as a snapshot has them;
/// what was written since can be read when the machine is off.
///
/// @param machine names it, without a disk
/// @param snapshot what the job's snapshot is called
/// @param copies the volumes that the copies are on
/// @param runs send and compare
/// @param nanos a clock that only goes forward
record MachineSource(
    Job job,
    MachineUri machine,
    String snapshot,
    Copies copies,
    DiskRuns runs,
    Journal journal,
    Reporter reporter,
    LongSupplier nanos)
    implements JobSource {

  /// Returns what the snapshot of a job is called.
  ///
  /// @param id names the job's journal
  static String snapshotOf(Job job, String id) {
    return "blkdelta-%s-%s".formatted(job.name(), id);
  }

  private JobState state() {
    return new JobState(journal.lines());
  }

  /// Logs in, and finds the machine; the caller closes it. Nobody is asked for the password, since
  /// a guardian logs in as well.
  static MachineControl control(MachineUri machine, Consumer<String> told) throws IOException {
    return MachineControl.open(machine, Access.ofHost(Person.NOBODY), told);
  }

  /// Returns the sizes of disks in bytes.
  static Map<JobDisk, Long> sizes(Map<JobDisk, MachineDisk> disks) {
    var sizes = new LinkedHashMap<JobDisk, Long>();
    disks.forEach((disk, found) -> sizes.put(disk, found.size()));
    return sizes;
  }

  private MachineUri uri(JobDisk disk, Optional<String> snapshot) throws UsageException {
    return machine.of(disk.from(), snapshot);
  }

  @Override
  public JobState.Round round() throws IOException {
    long start = nanos.getAsLong();
    try (var control = control(machine, reporter::say)) {
      boolean isThere = control.hasSnapshot(snapshot);
      if (isThere && isCopied()) {
        reporter.news(
            "job %s: the copies have what the snapshot has; the rest is sent when the machine is off: blkdelta migrate cutover"
                .formatted(job.name()));
        return state().completed().getLast();
      }
      check(control);
      begin(control, isThere);
    }
    copy(start);
    return state().completed().getLast();
  }

  /// The copies are on this machine: there is no far end to wait for.
  @Override
  public Closeable ready() {
    return () -> {};
  }

  /// Returns whether the last snapshot that was taken is what the copies have.
  private boolean isCopied() throws IOException {
    long round = state().lastTaken(snapshot);
    return round > 0 && state().isComplete(round);
  }

  /// Makes all checks, and the volumes of copies that are missing.
  private void check(MachineControl control) throws IOException {
    var disks = new LinkedHashMap<JobDisk, MachineDisk>();
    for (var disk : job.disks()) {
      disks.put(disk, control.disk(uri(disk, Optional.empty())));
    }
    var inTheWay = control.inTheWay(List.copyOf(disks.values()), snapshot);
    if (!inTheWay.isEmpty()) {
      throw new RefusedException(String.join("; ", inTheWay));
    }
    copies.make(sizes(disks), journal);
    for (var each : disks.entrySet()) {
      runs.rehearse(each.getKey(), machine, each.getValue());
    }
  }

  /// Takes the snapshot, if that of the last round is not there.
  private void begin(MachineControl control, boolean isThere) throws IOException {
    long last = state().lastTaken(snapshot);
    if (isThere && last > 0) {
      return;
    }
    long round = state().lastRound() + 1;
    journal.write(round, Step.SNAPSHOTS, Phase.INTENT, snapshot);
    if (!isThere) {
      try {
        control.takeSnapshot(snapshot);
      } catch (IOException fault) {
        journal.write(round, Step.SNAPSHOTS, Phase.FAILED, SyncException.describe(fault));
        throw fault;
      }
    }
    journal.write(round, Step.SNAPSHOTS, Phase.DONE, snapshot);
  }

  /// Copies the disks that do not have what the snapshot has.
  private void copy(long start) throws IOException {
    long round = state().lastTaken(snapshot);
    var left = new ArrayList<JobDisk>();
    for (var disk : job.disks()) {
      if (state().held(job.key(disk)).orElse(0) != round) {
        left.add(disk);
      }
    }
    if (!left.isEmpty()) {
      var first = uri(left.getFirst(), Optional.of(snapshot));
      try (var export = Export.prepare(first, Access.ofHost(Person.NOBODY), reporter::say)) {
        copy(left, export, round);
      }
    }
    journal.done(round, Step.ROUND, (nanos.getAsLong() - start) / 1e9);
  }

  private void copy(List<JobDisk> left, Export export, long round) throws IOException {
    var disks = new LinkedHashMap<JobDisk, MachineDisk>();
    for (var disk : left) {
      disks.put(disk, export.disk(uri(disk, Optional.of(snapshot))));
    }
    var streams = export.begin(List.copyOf(disks.values()));
    new AtOnce(job.parallel())
        .each(
            left,
            disk -> {
              var exported = Objects.requireNonNull(disks.get(disk));
              send(disk, round, Way.COPY, () -> runs.exported(disk, machine, streams, exported));
            });
  }

  private void send(JobDisk disk, long round, Way way, RoundSending.Sending sending)
      throws IOException {
    new RoundSending(job, journal, reporter, nanos)
        .send(disk, round, way, told(way, job.key(disk)), null, sending);
  }

  private static String told(Way way, String key) {
    return switch (way) {
      case COPY -> "copies " + key;
      case CHANGES -> "sends what was written since the snapshot of " + key;
      case REPAIR -> "compares all of %s: it is not known what differs".formatted(key);
    };
  }

  @Override
  public JobState.Round last(boolean readsBack) throws IOException {
    long start = nanos.getAsLong();
    long round = state().lastRound();
    if (!state().isWithinCutover()) {
      round++;
      journal.write(round, Step.SNAPSHOTS, Phase.INTENT, null);
      journal.write(round, Step.SNAPSHOTS, Phase.DONE, null);
    }
    boolean isThere;
    try (var control = control(machine, reporter::say)) {
      isThere = control.hasSnapshot(snapshot);
    }
    long number = round;
    var sending = readsBack ? runs.readingBack() : runs;
    new AtOnce(job.parallel()).each(job.disks(), disk -> rest(disk, number, isThere, sending));
    journal.done(round, Step.ROUND, (nanos.getAsLong() - start) / 1e9);
    return state().completed().getLast();
  }

  /// There is one snapshot, which a move that is taken back starts from again.
  @Override
  public void tidy() {}

  /// Sends what was written since the snapshot, if the copy is just what that has, or that and a
  /// part of what was written since; else all that differs.
  private void rest(JobDisk disk, long round, boolean isThere, DiskRuns sending)
      throws IOException {
    var key = job.key(disk);
    var name = uri(disk, Optional.empty()).text();
    long held = state().held(key).orElse(0);
    boolean isTorn = state().isTorn(key, round);
    if (isThere && held > 0 && held == state().lastTaken(snapshot) && !state().wasStarted(key)) {
      var wanted = DiskRuns.wanted(name, false, SourceSettings.NONE);
      try {
        send(disk, round, Way.CHANGES, () -> sending.changes(disk, wanted));
        return;
      } catch (RefusedException refused) {
        if (!isTorn) {
          throw refused;
        }
        reporter.news("job %s: %s".formatted(job.name(), SyncException.describe(refused)));
      }
    }
    send(disk, round, Way.REPAIR, () -> sending.repair(disk, name));
  }

  @Override
  public boolean isSame(JobDisk disk, long round) throws IOException {
    return runs.isSame(disk, uri(disk, Optional.empty()).text());
  }

  @Override
  public List<Compared> compare() throws RefusedException {
    throw new RefusedException(
        "job %s: a machine of vSphere is compared when it is off; write cutover.verify = \"all\""
            .formatted(job.name()));
  }

  @Override
  public Removed finish() throws IOException {
    long last = state().lastRound();
    journal.write(last, Step.FINISH, Phase.INTENT, null);
    try (var control = control(machine, reporter::say)) {
      journal.write(last, Step.REMOVE, Phase.INTENT, snapshot, null);
      boolean wasThere = control.removeSnapshot(snapshot);
      journal.write(last, Step.REMOVE, Phase.DONE, snapshot, null);
      journal.write(last, Step.FINISH, Phase.DONE, null);
      return new Removed(wasThere ? List.of(snapshot) : List.of(), control.others(snapshot));
    }
  }
}
