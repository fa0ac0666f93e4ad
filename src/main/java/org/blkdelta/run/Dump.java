package org.blkdelta.run;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.host.HostDevices;
import org.blkdelta.wire.FrameSink;

/// Writes what a source has to standard output, as a stream.
public final class Dump {

  private Dump() {}

  /// Writes it.
  ///
  /// @param writer of the stream's format
  /// @param hasSample whether that format can say what the changes start from
  /// @return in words that the source moved on meanwhile, if it did
  public static Optional<String> of(
      Run run, ChangeSource source, FrameSink writer, boolean hasSample) throws IOException {
    run.reporter().warnOfWhole(source);
    var totals = Totals.of(source);
    run.reporter().detail(totals.text());
    run.receipt().checkNot(HostDevices.backing(source.standsOn()));
    source.doubt().ifPresent(run.reporter()::warn);
    try (var meter = run.reporter().meter(totals.bytes(), source::storeUsage)) {
      meter.phase("writing");
      var sum = run.move(Changes.kept(source, hasSample), new StreamOutput(writer), meter);
      run.reporter().detail("digest " + sum.digest());
      return run.receipt().movedOn(source.movedOn());
    }
  }
}
