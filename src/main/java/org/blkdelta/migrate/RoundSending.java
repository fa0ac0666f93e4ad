package org.blkdelta.migrate;

import java.io.IOException;
import java.util.function.LongSupplier;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SyncException;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Reporter;
import org.jspecify.annotations.Nullable;

/// Sends a disk in a round, and writes down and tells how that went. Several threads may use one.
///
/// @param nanos a clock that only goes forward
record RoundSending(Job job, Journal journal, Reporter reporter, LongSupplier nanos) {

  /// Sends something.
  interface Sending {
    /// Returns what was sent, when it is durable.
    Sent done() throws IOException;
  }

  /// Sends a disk.
  ///
  /// @param told what is done, in words
  /// @param fill how full its classic snapshot was, in percent, if it had one
  void send(JobDisk disk, long round, Way way, String told, @Nullable Double fill, Sending sending)
      throws IOException {
    var key = job.key(disk);
    journal.write(round, Step.SEND, Phase.INTENT, key, way.word());
    reporter.news("job %s: round %d: %s".formatted(job.name(), round, told));
    long start = nanos.getAsLong();
    Sent sent;
    try {
      sent = sending.done();
    } catch (IOException fault) {
      journal.write(round, Step.SEND, Phase.FAILED, key, SyncException.describe(fault));
      throw SyncException.about(key, fault);
    }
    double seconds = (nanos.getAsLong() - start) / 1e9;
    journal.sent(round, key, sent, seconds, way.word(), fill);
    reporter.news(
        "job %s: round %d: %s: %s in %s; durable"
            .formatted(
                job.name(),
                round,
                key,
                Sizes.binary(sent.bytes()),
                Sizes.duration(Math.round(seconds))));
  }
}
