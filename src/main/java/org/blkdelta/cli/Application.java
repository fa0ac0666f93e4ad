package org.blkdelta.cli;

import java.io.IOException;
import java.io.InputStream;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.Receiver;
import org.blkdelta.wire.FrameSource;

/// One run of `apply`: a stream in either format onto a destination of this host.
final class Application {

  private final Streams streams;
  private final Stop stop;
  private final ReportOptions report;
  private final long start = System.nanoTime();

  Application(Streams streams, Stop stop, ReportOptions report) {
    this.streams = streams;
    this.stop = stop;
    this.report = report;
  }

  /// Applies the stream on `in`, which messages call `name`.
  Outcome run(InputStream in, String name, DestinationOpener opener, boolean dryRun)
      throws IOException {
    var stream = FrameSource.open(in, name);
    if (!stream.provesCompleteness()) {
      streams.warn(
          name
              + ": lvmsync's format has no end mark: a stream that was cut between two records looks"
              + " complete, so only the program that wrote it knows whether it is");
    }
    try (var meter = report.meter(streams, 0);
        var receiver = new Receiver(opener, new MeterAnswers(meter))) {
      meter.phase("applying");
      var sum = receiver.receive(stream, sink -> stop.before(new MeteredSink(sink, meter)));
      return Outcome.of(sum, 0, (System.nanoTime() - start) / 1e9, dryRun);
    }
  }
}
