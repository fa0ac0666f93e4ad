package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.blkdelta.migrate.Comparison.Compared;
import org.blkdelta.migrate.Job.JobDisk;

/// Volumes of LVM.
///
/// @param rounds send the changes
/// @param volumes of the source's machine
/// @param sender sends and compares
record LvmSource(Job job, Rounds rounds, Volumes volumes, DiskSender sender, Journal journal)
    implements JobSource {

  /// One more round if the snapshots of the first fill meanwhile.
  @Override
  public JobState.Round round() throws IOException {
    var round = rounds.run();
    return rounds.isPressed() ? rounds.run() : round;
  }

  @Override
  public Closeable ready() throws IOException {
    return rounds.ready();
  }

  @Override
  public JobState.Round last(boolean readsBack) throws IOException {
    var still = rounds.still();
    return (readsBack ? still.readingBack() : still).fromNowOn();
  }

  @Override
  public void tidy() throws IOException {
    rounds.tidy();
  }

  @Override
  public boolean isSame(JobDisk disk, long round) throws IOException {
    return sender.isSame(disk, volumes.snapshot(disk, round));
  }

  @Override
  public List<Compared> compare() throws IOException {
    return new Comparison(job, volumes, sender, journal).run();
  }

  @Override
  public Removed finish() throws IOException {
    return new Finish(job, volumes, journal).run();
  }
}
