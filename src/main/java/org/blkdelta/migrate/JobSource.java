package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.blkdelta.migrate.Comparison.Compared;
import org.blkdelta.migrate.Job.JobDisk;

/// What a job's disks are read from, and how its destinations are brought to their state: volumes
/// of LVM, or the disks of a machine of vSphere.
interface JobSource {

  /// Brings the destinations to a newer state while the machine runs, and returns what that came
  /// to.
  JobState.Round round() throws IOException;

  /// Makes ready what [#last] needs, while the machine still runs. Closing it gives up what was not
  /// used.
  Closeable ready() throws IOException;

  /// Brings the destinations to the state of a machine that is off, as it is from now on.
  ///
  /// @param readsBack whether what is written is read back from the medium, and compared
  JobState.Round last(boolean readsBack) throws IOException;

  /// Removes what is not needed any more after the last changes were sent; [#finish] would, too.
  void tidy() throws IOException;

  /// Compares all of a disk with what a round sent, and returns whether nothing differs.
  boolean isSame(JobDisk disk, long round) throws IOException;

  /// Compares all of each copy with the state that it holds, and returns what came of it in the
  /// job's order. A copy that differs is repaired by the next round.
  List<Compared> compare() throws IOException;

  /// Ends the job: its snapshots are removed, and no others. The destinations stay as they are.
  Removed finish() throws IOException;

  /// What became of the snapshots of a job's disks, by their names.
  ///
  /// @param removed those that the job took
  /// @param left those of somebody else
  record Removed(List<String> removed, List<String> left) {

    /// Copies the lists.
    public Removed {
      removed = List.copyOf(removed);
      left = List.copyOf(left);
    }
  }
}
