package org.blkdelta.migrate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;

/// Ends a job: its snapshots are removed, and no others. The destinations stay as they are.
record Finish(Job job, Volumes volumes, Journal journal) {

  /// Does it.
  JobSource.Removed run() throws IOException {
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
      for (var other : found.snapshotsOf(disk.volume())) {
        if (!removed.contains(other.fullName())) {
          left.add(other.fullName());
        }
      }
    }
    journal.write(last, Step.FINISH, Phase.DONE, null);
    return new JobSource.Removed(names(removed), names(left));
  }

  private static List<String> names(List<LvmName> volumes) {
    return volumes.stream().map(LvmName::toString).toList();
  }
}
