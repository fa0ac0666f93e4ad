package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.Receiver;
import org.blkdelta.sync.RemoteReceiver;
import org.blkdelta.sync.Sender;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// One run of `sync`: from an open source to a destination here or on another host.
final class Transfer {

  private final Streams streams;
  private final Stop stop;
  private final ReportOptions report;
  private final DestinationOptions options;
  private final long start = System.nanoTime();

  Transfer(Streams streams, Stop stop, ReportOptions report, DestinationOptions options) {
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

  /// Sends the changes to another host.
  Outcome toHost(ChangeSource source, Location location, SshOptions ssh, String remoteCommand)
      throws IOException {
    var totals = Totals.of(source);
    report.tell(streams, totals.text());
    var host = location.host().orElseThrow();
    var commandLine = RemoteDestination.commandLine(remoteCommand, options, location.path());
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
    var sender = new Sender(source, stop.before(new MeteredSink(receiver, meter)));
    return options.dryRun ? sender.rehearse(header) : sender.send(header);
  }

  private Outcome outcome(Totals totals, Tally.Sum sum, long wireBytes) {
    double seconds = (System.nanoTime() - start) / 1e9;
    return options.dryRun
        ? Outcome.planned(totals, seconds)
        : Outcome.of(sum, wireBytes, seconds, false);
  }
}
