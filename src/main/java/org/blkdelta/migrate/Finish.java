package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;

/// Ends a job: its snapshots are removed, and no others. The destinations stay as they are.
record Finish(Job job, Volumes volumes, Journal journal) {

  /// What became of the snapshots of the job's volumes.
  ///
  /// @param removed those that the job took
  /// @param left those of somebody else
  record Result(List<LvmName> removed, List<LvmName> left) {}

  /// Does it.
  Result run() throws IOException {
    var found = volumes.found();
    long last = new JobState(journal.lines()).lastRound();
    var removed = new ArrayList<LvmName>();
    var left = new ArrayList<LvmName>();
    journal.write(last, Step.FINISH, Phase.INTENT, null);
    for (var volume : found.byName().values()) {
      var round = volumes.round(volume);
      var name = volume.fullName();
      if (round.isPresent() && round.getAsLong() <= last) {
        journal.write(round.getAsLong(), Step.REMOVE, Phase.INTENT, name.toString(), null);
        volumes.remove(name);
        journal.write(round.getAsLong(), Step.REMOVE, Phase.DONE, name.toString(), null);
        removed.add(name);
      }
    }
    for (var disk : job.disks()) {
      for (var other : found.snapshotsOf(disk.from())) {
        if (!removed.contains(other.fullName())) {
          left.add(other.fullName());
        }
      }
    }
    journal.write(last, Step.FINISH, Phase.DONE, null);
    return new Result(removed, left);
  }
}
