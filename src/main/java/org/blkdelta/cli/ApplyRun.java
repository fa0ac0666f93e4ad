package org.blkdelta.cli;

import java.io.IOException;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.Receiver;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;

/// One run of `apply`: a stream of any format onto a destination of this host.
final class ApplyRun {

  private final Streams streams;
  private final Stop stop;
  private final ReportOptions report;
  private final long start = System.nanoTime();

  ApplyRun(Streams streams, Stop stop, ReportOptions report) {
    this.streams = streams;
    this.stop = stop;
    this.report = report;
  }

  /// Applies a stream.
  ///
  /// @param name what messages call it
  /// @param receipt told what the stream holds
  Outcome run(
      FrameSource stream, String name, DestinationOpener opener, boolean dryRun, Receipt receipt)
      throws IOException {
    if (!stream.provesCompleteness()) {
      streams.warn(
          name
              + ": lvmsync's format has no end mark: a stream that was cut between two records looks"
              + " complete, so only the program that wrote it knows whether it is");
    }
    try (var meter = report.meter(streams, 0);
        var receiver = new Receiver(opener, new MeterAnswers(meter))) {
      meter.phase("applying");
      var sum =
          receiver.receive(stream, sink -> told(stop.before(metered(receipt.before(sink), meter))));
      return Outcome.of(sum, 0, (System.nanoTime() - start) / 1e9, dryRun);
    }
  }

  /// Counts changes; what is expected is no progress.
  private static FrameSink metered(FrameSink sink, ProgressMeter meter) {
    var metered = new MeteredSink(sink, meter);
    return frame -> (frame instanceof Frame.Expect ? sink : metered).accept(frame);
  }

  /// Tells what the stream says of itself, before anything is done with it.
  private FrameSink told(FrameSink next) {
    return frame -> {
      if (frame instanceof Frame.Header header) {
        report.tell(streams, "the stream " + header.stream().text());
      }
      next.accept(frame);
    };
  }
}
