package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.Asked;
import org.blkdelta.sync.Comparer;
import org.blkdelta.sync.Expectations;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.RemoteReceiver;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// One comparison of a source's extents with a destination, which is read from its medium.
final class Verification {

  private final Streams streams;
  private final Stop stop;
  private final ReportOptions report;
  private final Differences differences;
  private final Receipt receipt;
  private final long start = System.nanoTime();
  private boolean doubts;
  private Optional<String> movedOn = Optional.empty();
  private DestinationOptions options = new DestinationOptions();

  /// Creates one that tells `differences` what it finds.
  ///
  /// @param receipt told what is compared
  Verification(
      Streams streams, Stop stop, ReportOptions report, Differences differences, Receipt receipt) {
    this.receipt = receipt;
    this.streams = streams;
    this.stop = stop;
    this.report = report;
    this.differences = differences;
  }

  /// Has a destination taken as these options say.
  Verification of(DestinationOptions how) {
    options = how;
    return this;
  }

  /// Has a destination that differs remembered as incomplete.
  Verification doubting() {
    doubts = true;
    return this;
  }

  /// Returns in words that the source moved on while it was compared, if it did.
  Optional<String> movedOn() {
    return movedOn;
  }

  /// Compares with a destination, here or on another host.
  Verdict with(ChangeSource source, Location location, SshOptions ssh, RemoteOptions remote)
      throws IOException {
    return location.isRemote()
        ? withHost(source, location, ssh, remote)
        : withPath(source, location.path());
  }

  private Verdict withPath(ChangeSource source, String path) throws IOException {
    var totals = Totals.of(source);
    try (var meter = report.meter(streams, totals.bytes(), source::fuel);
        var comparer = comparer(path)) {
      var sum = send(source, comparer, meter);
      movedOn = source.movedOn();
      return doubted(path, verdict(totals.bytes(), sum, 0));
    }
  }

  private Verdict withHost(
      ChangeSource source, Location location, SshOptions ssh, RemoteOptions remote)
      throws IOException {
    var totals = Totals.of(source);
    var host = location.host().orElseThrow();
    var words = ReceiveOptions.comparing(options, doubts).words(Path.of(location.path()));
    try (var meter = report.meter(streams, totals.bytes(), source::fuel)) {
      meter.phase("connecting to " + host);
      try (var told = LastWords.of(host, streams);
          var process = remote.start(host, words, ssh, told)) {
        var peer = new RemoteDestination(host.toString(), process, told);
        var receiver = RemoteReceiver.comparing(peer, new Asked(words, remote.place), differences);
        var sum = send(source, receiver, meter);
        process.exitStatus(); // a doubt is remembered then
        movedOn = source.movedOn();
        return verdict(totals.bytes(), sum, receiver.wireBytes());
      }
    }
  }

  /// Compares what another host reads with a path of this one.
  Verdict ofHost(RemoteSource.Connecting connecting, String path) throws IOException {
    try (var source = connecting.connect();
        var comparer = comparer(path)) {
      var sum = source.read(stream -> compare(stream, source, comparer));
      movedOn = source.movedOn();
      return doubted(path, verdict(comparer.compared(), sum, 0));
    }
  }

  private Verdict doubted(String path, Verdict verdict) {
    if (doubts && !verdict.isSame()) {
      Remembered.doubt(Path.of(path), streams);
    }
    return verdict;
  }

  private Tally.Sum compare(FrameSource stream, RemoteSource source, Comparer comparer)
      throws IOException {
    try (var meter = report.meter(streams, source.expectedBytes(stream))) {
      meter.phase("comparing");
      var watched = source.checked(stop.before(new MeteredSink(receipt.before(comparer), meter)));
      return comparer.compare(stream, sink -> watched);
    }
  }

  private Comparer comparer(String path) throws IOException {
    differences.accept(new Answer.Hello(Destinations.size(Path.of(path))));
    var destination = new Destinations(Path.of(path), options, streams::warn);
    return new Comparer(destination::openForComparing, differences);
  }

  private Tally.Sum send(ChangeSource source, FrameSink sink, ProgressMeter meter)
      throws IOException {
    var header = StreamHeader.of(source, Optional.of(Destinations.footing(source.standsOn())));
    meter.phase("comparing");
    var metered = new MeteredSink(receipt.before(sink), meter);
    return new Expectations(source, stop.before(metered)).send(header);
  }

  private Verdict verdict(long bytes, Tally.Sum sum, long wireBytes) {
    if (!differences.isComplete()) {
      throw new IllegalStateException("a verdict before the end");
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Verdict(
        differences.extents(),
        differences.bytes(),
        bytes,
        differences.destinationSize(),
        wireBytes,
        seconds,
        sum.digest());
  }
}
