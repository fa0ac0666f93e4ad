package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools.TaggedVolume;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.migrate.Volumes.Found;
import org.blkdelta.report.Reporter;
import org.jspecify.annotations.Nullable;

/// Brings the destinations of a job to a newer state: snapshots of all disks are taken together,
/// the disks are sent, several at once, and the snapshots before are removed. A round that was
/// interrupted is gone on with as far as its snapshots are good; the journal says how far it was,
/// LVM what is there.
///
/// @param nanos a clock that only goes forward
record Rounds(
    Job job,
    Volumes volumes,
    Copies copies,
    DiskSender sender,
    Journal journal,
    Reporter reporter,
    LongSupplier nanos) {

  /// Returns the same for a machine that is off.
  Rounds still() {
    return new Rounds(job.still(), volumes, copies, sender, journal, reporter, nanos);
  }

  /// Returns the same, which read back what they write.
  Rounds readingBack() {
    return new Rounds(job, volumes, copies, sender.readingBack(), journal, reporter, nanos);
  }

  /// Does rounds until one is done whose snapshots are taken from now on, and returns what it came
  /// to. Somebody waits for it: what no round needs any more is left to [#tidy].
  JobState.Round fromNowOn() throws IOException {
    long before = state().lastRound();
    var round = run(false);
    return round.number() > before ? round : run(false);
  }

  /// Does a round, and returns what it came to.
  JobState.Round run() throws IOException {
    return run(true);
  }

  /// Makes ready what the disks need that are sent first. Closing it gives up what was not used.
  Closeable ready() throws IOException {
    long last = state().lastRound();
    boolean goesOn = state().isTaken(last) && !state().isComplete(last);
    var wanted = new ArrayList<JobDisk>();
    for (var disk : job.disks()) {
      if (wanted.size() < job.parallel() && !(goesOn && isSent(disk, last))) {
        wanted.add(disk);
      }
    }
    return sender.ready(wanted);
  }

  /// Removes the snapshots of states before those that the copies hold.
  void tidy() throws IOException {
    var found = volumes.found();
    for (var disk : job.disks()) {
      long held = state().held(job.key(disk)).orElse(0);
      for (var snapshot : volumes.snapshots(found, disk).headMap(held).entrySet()) {
        remove(snapshot.getValue().fullName(), snapshot.getKey());
      }
    }
  }

  private JobState.Round run(boolean removes) throws IOException {
    var found = volumes.found();
    var origins = new LinkedHashMap<JobDisk, TaggedVolume>();
    for (var disk : job.disks()) {
      origins.put(disk, found.origin(disk));
    }
    var sizes = new LinkedHashMap<JobDisk, Long>();
    origins.forEach((disk, origin) -> sizes.put(disk, origin.size()));
    copies.make(sizes, journal);
    if (!removes) {
      return sent(found, origins, false); // who waits has made it ready
    }
    var ready = ready();
    try {
      return sent(found, origins, true);
    } finally {
      ready.close();
    }
  }

  private JobState.Round sent(Found found, Map<JobDisk, TaggedVolume> origins, boolean removes)
      throws IOException {
    long start = nanos.getAsLong();
    boolean goesOn = isUsable(found, state().lastRound());
    long round = goesOn ? state().lastRound() : begin(found, origins);
    var there = volumes.found();
    var durable = new AtomicLong(start);
    try {
      filling().during(() -> sendAll(there, round, removes, durable));
    } catch (IOException fault) {
      for (var other : fault.getSuppressed()) {
        reporter.say("job %s: %s".formatted(job.name(), SyncException.describe(other)));
      }
      throw fault;
    }
    if (goesOn) {
      journal.write(round, Step.ROUND, Phase.DONE, null);
    } else {
      journal.done(round, Step.ROUND, (durable.get() - start) / 1e9);
    }
    return state().completed().getLast();
  }

  /// Returns whether the snapshots of the last round fill, and cannot be extended: the next round
  /// takes new ones.
  boolean isPressed() {
    var full = filling().look();
    full.forEach(
        name -> reporter.news("job %s: %s fills; one more round".formatted(job.name(), name)));
    return !full.isEmpty();
  }

  private Filling filling() {
    return new Filling(job, volumes, journal, reporter);
  }

  /// Sends the disks, and removes what they need no more if that is wanted.
  ///
  /// @param durable set to the time when the last one was, by `nanos`
  private void sendAll(Found found, long round, boolean removes, AtomicLong durable)
      throws IOException {
    new AtOnce(job.parallel())
        .each(
            job.disks(),
            disk -> {
              if (!isSent(disk, round)) {
                send(disk, found, round);
              }
              durable.accumulateAndGet(nanos.getAsLong(), Math::max);
              if (removes) {
                removeOthers(disk, found, round);
              }
            });
  }

  private JobState state() {
    return new JobState(journal.lines());
  }

  private boolean isSent(JobDisk disk, long round) throws IOException {
    var held = state().held(job.key(disk));
    return held.isPresent() && held.getAsLong() == round;
  }

  /// Returns whether a round is not complete, and what is left of it can be sent.
  private boolean isUsable(Found found, long round) throws IOException {
    if (!state().isTaken(round) || state().isComplete(round)) {
      return false;
    }
    for (var disk : job.disks()) {
      if (!isSent(disk, round) && !isGood(found, volumes.snapshot(disk, round))) {
        return false;
      }
    }
    reporter.news("job %s: goes on with round %d".formatted(job.name(), round));
    return true;
  }

  private boolean isGood(Found found, LvmName snapshot) {
    var volume = found.volume(snapshot);
    return volume.isPresent() && volumes.isOurs(volume.get()) && !volume.get().isInvalid();
  }

  /// Begins a round: takes the snapshots, all or none. Before, those are removed that no round
  /// needs, since they fill, and slow the volume down; and one that overflowed, which is of no use.
  private long begin(Found found, Map<JobDisk, TaggedVolume> origins) throws IOException {
    for (var disk : job.disks()) {
      long held = state().held(job.key(disk)).orElse(0);
      removeOthers(disk, found, isGood(found, volumes.snapshot(disk, held)) ? held : 0);
    }
    long round = state().lastRound() + 1;
    journal.write(round, Step.SNAPSHOTS, Phase.INTENT, null);
    try {
      take(origins, round);
    } catch (IOException fault) {
      giveUp(round, fault);
      throw fault;
    }
    journal.write(round, Step.SNAPSHOTS, Phase.DONE, null);
    return round;
  }

  /// Takes them, if that is wanted while the machine's file systems are held still.
  private void take(Map<JobDisk, TaggedVolume> origins, long round) throws IOException {
    if (job.freezing().isEmpty()) {
      takeAll(origins, round);
      return;
    }
    var freezing = job.freezing().get();
    long start = nanos.getAsLong();
    freezing.begin(volumes.commands());
    try {
      takeAll(origins, round);
      if (nanos.getAsLong() - start >= TimeUnit.SECONDS.toNanos(Freezing.MAX_SECONDS)) {
        throw new RefusedException(
            "job %s: freeze and the snapshots took more than %d s, so they are not of one state; run again, or without freeze"
                .formatted(job.name(), Freezing.MAX_SECONDS));
      }
    } finally {
      var fault = freezing.end(volumes.commands());
      if (!fault.isEmpty()) {
        reporter.warn("job %s: thaw %s; see to the machine".formatted(job.name(), fault));
      }
    }
  }

  private void takeAll(Map<JobDisk, TaggedVolume> origins, long round) throws IOException {
    for (var origin : origins.entrySet()) {
      volumes.take(origin.getKey(), origin.getValue(), round);
    }
  }

  private void giveUp(long round, IOException fault) throws IOException {
    try {
      var found = volumes.found();
      for (var disk : job.disks()) {
        if (isGood(found, volumes.snapshot(disk, round))) {
          remove(volumes.snapshot(disk, round), round);
        }
      }
      journal.write(round, Step.SNAPSHOTS, Phase.FAILED, SyncException.describe(fault));
    } catch (IOException stays) {
      fault.addSuppressed(stays); // the next round looks for them again
    }
  }

  private void send(JobDisk disk, Found found, long round) throws IOException {
    var key = job.key(disk);
    var snapshot = volumes.snapshot(disk, round);
    var held = state().held(key);
    var way = Way.COPY;
    var base = snapshot;
    if (held.isPresent()) {
      base = volumes.snapshot(disk, held.getAsLong());
      way = isGood(found, base) && !state().isTorn(key, round) ? Way.CHANGES : Way.REPAIR;
    }
    var from = base;
    RoundSending.Sending sending =
        switch (way) {
          case COPY -> () -> sender.copy(disk, snapshot);
          case CHANGES ->
              () ->
                  sender.changes(
                      disk, from, snapshot, found.volume(snapshot).orElseThrow().isThin());
          case REPAIR -> () -> sender.repair(disk, snapshot);
        };
    var fill = way == Way.CHANGES ? fill(found, base) : null;
    new RoundSending(job, journal, reporter, nanos)
        .send(disk, round, way, told(way, key), fill, sending);
  }

  private static @Nullable Double fill(Found found, LvmName base) {
    return found
        .volume(base)
        .filter(TaggedVolume::isClassicSnapshot)
        .map(TaggedVolume::usedPercent)
        .orElse(null);
  }

  private static String told(Way way, String key) {
    return switch (way) {
      case COPY -> "copies " + key;
      case CHANGES -> "sends what changed of " + key;
      case REPAIR ->
          "compares all of %s: its last snapshot is lost or overflowed, or a round was cut"
              .formatted(key);
    };
  }

  /// Removes the job's snapshots of a disk, but for that of one round.
  private void removeOthers(JobDisk disk, Found found, long kept) throws IOException {
    for (var snapshot : volumes.snapshots(found, disk).entrySet()) {
      if (snapshot.getKey() != kept) {
        remove(snapshot.getValue().fullName(), snapshot.getKey());
      }
    }
  }

  private void remove(LvmName snapshot, long round) throws IOException {
    journal.write(round, Step.REMOVE, Phase.INTENT, snapshot.toString(), null);
    volumes.remove(snapshot);
    journal.write(round, Step.REMOVE, Phase.DONE, snapshot.toString(), null);
  }
}
