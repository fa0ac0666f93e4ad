package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.migrate.Volumes.Found;

/// Compares all of each copy with the snapshot that it holds. Nothing is written to the copies; a
/// copy that differs is repaired by the next round.
record Comparison(Job job, Volumes volumes, DiskSender sender, Journal journal) {

  /// What came of a disk.
  ///
  /// @param disk its key
  /// @param snapshot that its copy was compared with
  /// @param same whether nothing differs
  record Compared(String disk, String snapshot, boolean same) {}

  /// Does it, and returns the disks in the job's order.
  ///
  /// @throws RefusedException if a copy is not complete
  /// @throws SourceException if a snapshot is lost
  List<Compared> run() throws IOException {
    var state = new JobState(journal.lines());
    var found = volumes.found();
    for (var disk : job.disks()) {
      check(disk, state, found);
    }
    var same = new ConcurrentHashMap<JobDisk, Boolean>();
    new AtOnce(job.parallel())
        .each(job.disks(), disk -> same.put(disk, isSame(disk, held(disk, state))));
    var compared = new ArrayList<Compared>();
    for (var disk : job.disks()) {
      var snapshot = volumes.snapshot(disk, held(disk, state)).toString();
      compared.add(new Compared(job.key(disk), snapshot, same.getOrDefault(disk, false)));
    }
    return compared;
  }

  private void check(JobDisk disk, JobState state, Found found) throws IOException {
    long round = held(disk, state);
    if (round == 0 || state.isTorn(job.key(disk), round)) {
      throw new RefusedException(
          "job %s: %s: the copy is not complete; run a round first: blkdelta migrate round"
              .formatted(job.name(), job.key(disk)));
    }
    LvmName snapshot = volumes.snapshot(disk, round);
    var volume = found.volume(snapshot);
    if (volume.isEmpty() || !volumes.isOurs(volume.get()) || volume.get().isInvalid()) {
      throw new SourceException(
          "job %s: %s: is lost or overflowed, so there is nothing to compare with; the next round compares and repairs: blkdelta migrate round"
              .formatted(job.name(), snapshot));
    }
  }

  private long held(JobDisk disk, JobState state) throws IOException {
    return state.held(job.key(disk)).orElse(0);
  }

  private boolean isSame(JobDisk disk, long round) throws IOException {
    boolean isSame = sender.isSame(disk, volumes.snapshot(disk, round));
    if (!isSame) {
      journal.write(round, Step.SEND, Phase.INTENT, job.key(disk), Way.REPAIR.word());
    }
    return isSame;
  }
}
