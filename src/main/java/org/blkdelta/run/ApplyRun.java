package org.blkdelta.run;

import java.io.IOException;
import java.util.function.Consumer;
import org.blkdelta.report.Job;
import org.blkdelta.report.Outcome;
import org.blkdelta.sync.Destination;
import org.blkdelta.sync.MeterAnswers;
import org.blkdelta.sync.Receiver;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;

/// Writes a stream of any format to a destination of this host.
public final class ApplyRun {

  private ApplyRun() {}

  /// Applies a stream.
  ///
  /// @param name what messages call it
  /// @param beginning told what the stream begins with when the first change is to be written
  public static Outcome of(
      Run run,
      FrameSource stream,
      String name,
      Destination destination,
      boolean dryRun,
      Consumer<StreamHeader> beginning)
      throws IOException {
    long start = System.nanoTime();
    if (!stream.provesCompleteness()) {
      run.reporter()
          .warn(
              name
                  + ": lvmsync's format has no end mark: a stream that was cut between two records"
                  + " looks complete, so only the program that wrote it knows whether it is");
    }
    try (var meter = run.reporter().meter(0);
        var receiver = new Receiver(destination, new MeterAnswers(meter))) {
      meter.phase("applying");
      var kept = new Kept(stream, run.reporter());
      var announced = new Announced(kept, beginning);
      var sum = run.move(announced, receiver, meter);
      var job = new Job(Job.Verb.WRITE, stream.header().volumeSize(), "", false);
      return Outcome.of(job, sum, 0, (System.nanoTime() - start) / 1e9, dryRun);
    }
  }
}
