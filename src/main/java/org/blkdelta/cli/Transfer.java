package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.Receiver;
import org.blkdelta.sync.RemoteReceiver;
import org.blkdelta.sync.Sender;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// One run of `sync` or `copy`: from a source to a destination, of which one may be on another
/// host.
final class Transfer {

  private final Streams streams;
  private final Stop stop;
  private final ReportOptions report;
  private final DestinationOptions options;
  private final RateLimit limit;
  private final long start = System.nanoTime();

  Transfer(Streams streams, Stop stop, ReportOptions report, DestinationOptions options) {
    this(streams, stop, report, options, new RateLimit());
  }

  Transfer(
      Streams streams,
      Stop stop,
      ReportOptions report,
      DestinationOptions options,
      RateLimit limit) {
    this.limit = limit;
    this.streams = streams;
    this.stop = stop;
    this.report = report;
    this.options = options;
  }

  /// Sends the changes to a path of this host.
  Outcome toPath(ChangeSource source, String path) throws IOException {
    var totals = Totals.of(source);
    report.tell(streams, totals.text());
    var opener = Destinations.of(Path.of(path), options, streams::warn);
    try (var meter = report.meter(streams, totals.bytes());
        var receiver = new Receiver(opener, new MeterAnswers(meter))) {
      var sum = send(source, receiver, meter);
      return outcome(totals, sum, 0);
    }
  }

  /// Receives what another host reads.
  Outcome ofHost(RemoteSource source, String path) throws IOException {
    var sum = source.read(stream -> receive(stream, source, path));
    return Outcome.of(sum, 0, (System.nanoTime() - start) / 1e9, options.dryRun);
  }

  private Tally.Sum receive(FrameSource stream, RemoteSource source, String path)
      throws IOException {
    var opener = Destinations.of(Path.of(path), options, streams::warn);
    try (var meter = report.meter(streams, source.expectedBytes(stream));
        var receiver = new Receiver(opener, new MeterAnswers(meter))) {
      meter.phase(options.dryRun ? "checking" : "receiving");
      var watched = source.checked(watched(receiver, meter));
      return receiver.receive(stream, sink -> watched);
    }
  }

  /// Sends the changes to another host.
  Outcome toHost(ChangeSource source, Location location, SshOptions ssh, RemoteOptions remote)
      throws IOException {
    var totals = Totals.of(source);
    report.tell(streams, totals.text());
    var host = location.host().orElseThrow();
    var words = new ArrayList<>(List.of("receive"));
    words.addAll(options.words());
    words.addAll(List.of("--", location.path()));
    var commandLine = remote.line(words);
    try (var meter = report.meter(streams, totals.bytes())) {
      meter.phase("connecting to " + host);
      var questions = new TerminalQuestions(streams, host.toString());
      try (var process = RemoteShell.start(host, commandLine, ssh, questions)) {
        var peer = new RemoteDestination(host.toString(), process);
        var receiver = new RemoteReceiver(peer, meter);
        var sum = send(source, receiver, meter);
        process.exitStatus(); // whoever mounts the destination next finds it free
        return outcome(totals, sum, receiver.wireBytes());
      }
    }
  }

  private Tally.Sum send(ChangeSource source, FrameSink receiver, ProgressMeter meter)
      throws IOException {
    var header = StreamHeader.of(source, Optional.of(Destinations.footing(source.standsOn())));
    meter.phase(options.dryRun ? "checking" : "sending");
    var sender = new Sender(source, watched(receiver, meter));
    return options.dryRun ? sender.rehearse(header) : sender.send(header);
  }

  private FrameSink watched(FrameSink receiver, ProgressMeter meter) throws UsageException {
    return stop.before(limit.before(new MeteredSink(receiver, meter)));
  }

  private Outcome outcome(Totals totals, Tally.Sum sum, long wireBytes) {
    double seconds = (System.nanoTime() - start) / 1e9;
    return options.dryRun
        ? Outcome.planned(totals, seconds)
        : Outcome.of(sum, wireBytes, seconds, false);
  }
}
