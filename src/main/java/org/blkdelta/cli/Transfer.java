package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.AnswerSink;
import org.blkdelta.sync.Asked;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.Receiver;
import org.blkdelta.sync.RemoteReceiver;
import org.blkdelta.sync.Sender;
import org.blkdelta.sync.Start;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// One run of `sync` or `copy`: from a source to a destination, of which one may be on another
/// host.
final class Transfer {

  private static final long MAX_PAUSE_SECONDS = 30;

  private final Streams streams;
  private final Stop stop;
  private final ReportOptions report;
  private final DestinationOptions options;
  private final Receipt receipt;
  private final long start = System.nanoTime();
  private RateLimit limit = new RateLimit();
  private Connections connections = new Connections();
  private Compression compression = new Compression();
  private boolean cut;
  private boolean resuming;
  private boolean anew;

  /// @param receipt told what is sent
  Transfer(
      Streams streams,
      Stop stop,
      ReportOptions report,
      DestinationOptions options,
      Receipt receipt) {
    this.receipt = receipt;
    this.streams = streams;
    this.stop = stop;
    this.report = report;
    this.options = options;
  }

  /// Has it go no faster than that.
  Transfer limited(RateLimit to) {
    limit = to;
    return this;
  }

  /// Has what goes to another host compressed.
  Transfer compressing(Compression how) {
    compression = how;
    return this;
  }

  /// Has several connections made to another host, and made again where they break.
  Transfer over(Connections several) {
    connections = several;
    return this;
  }

  /// Sends the changes to a destination, here or on another host.
  Outcome to(ChangeSource source, Location location, SshOptions ssh, RemoteOptions remote)
      throws IOException {
    return location.isRemote()
        ? toHost(source, location, ssh, remote)
        : toPath(source, location.path());
  }

  /// Sends the changes to a path of this host.
  Outcome toPath(ChangeSource source, String path) throws IOException {
    return retried(() -> once(source, path));
  }

  private Outcome once(ChangeSource source, String path) throws IOException {
    var totals = Totals.of(source);
    report.tell(streams, totals.text());
    var opener = Destinations.of(Path.of(path), options, streams);
    try (var meter = report.meter(streams, toMove(source, totals), source::fuel);
        var receiver = new Receiver(opener, new MeterAnswers(meter))) {
      var sum = send(source, receiver, opener::ready, meter);
      return outcome(source, totals, sum, 0);
    }
  }

  /// Receives what another host reads.
  Outcome ofHost(RemoteSource.Connecting connecting, String path) throws IOException {
    return retried(() -> once(connecting, path));
  }

  private Outcome once(RemoteSource.Connecting connecting, String path) throws IOException {
    try (var source = connecting.connect()) {
      var sum = received(source, path);
      double seconds = (System.nanoTime() - start) / 1e9;
      var outcome = Outcome.of(sum, source.wireBytes(), seconds, options.dryRun);
      if (options.dryRun) {
        source.movedOn().ifPresent(streams::warn);
        return outcome;
      }
      return outcome.movedOn(receipt.movedOn(source.movedOn()));
    }
  }

  private Tally.Sum received(RemoteSource source, String path) throws IOException {
    try {
      return source.read(stream -> receive(stream, source, path));
    } finally {
      cut |= source.isCut();
    }
  }

  private Tally.Sum receive(FrameSource stream, RemoteSource source, String path)
      throws IOException {
    var opener = Destinations.of(Path.of(path), options, streams);
    try (var meter = report.meter(streams, source.expectedBytes(stream));
        var receiver = new Receiver(opener, answers(source, meter))) {
      source.greet(Destinations.size(Path.of(path)));
      meter.phase(options.dryRun ? "checking" : "receiving");
      var watched =
          source.checked(
              stop.before(limit.before(new MeteredSink(receipt.before(receiver), meter))));
      return receiver.receive(stream, sink -> watched);
    }
  }

  /// Has a sender on another host begin when the destination's checks have passed.
  private AnswerSink answers(RemoteSource source, ProgressMeter meter) {
    var shown = new MeterAnswers(meter);
    return answer -> {
      if (answer instanceof Answer.Ready ready && source.waits()) {
        source.begin(new Answer.Ready(resumeAt(ready), ready.base()));
      }
      shown.accept(answer);
    };
  }

  /// Sends the changes to another host.
  Outcome toHost(ChangeSource source, Location location, SshOptions ssh, RemoteOptions remote)
      throws IOException {
    return retried(() -> once(source, location, ssh, remote));
  }

  private Outcome once(ChangeSource source, Location location, SshOptions ssh, RemoteOptions remote)
      throws IOException {
    var totals = Totals.of(source);
    report.tell(streams, totals.text());
    var host = location.host().orElseThrow();
    var words = ReceiveOptions.writing(options, compression).words(Path.of(location.path()));
    var asked = new Asked(words, options.undo != null && !options.dryRun, remote.place);
    long toMove = toMove(source, totals);
    try (var meter = report.meter(streams, toMove, source::fuel)) {
      meter.phase("connecting to " + host);
      try (var told = LastWords.of(host, streams);
          var process = remote.start(host, words, ssh, told);
          var lanes = lanes(process, options.dryRun ? 0 : toMove, host, ssh, remote)) {
        var peer = new RemoteDestination(host.toString(), process, lanes.output(), told);
        var receiver = new RemoteReceiver(peer, asked, meter, compression::before);
        var sum = sent(source, receiver, meter);
        process.exitStatus(); // whoever mounts the destination next finds it free
        return outcome(source, totals, sum, receiver.wireBytes());
      }
    }
  }

  private Lanes lanes(
      RemoteProcess first, long toMove, Host host, SshOptions ssh, RemoteOptions remote) {
    Lanes.Further further = () -> remote.start(host, List.of("join"), ssh, Questions.NOBODY);
    return Lanes.open(first, connections.count(first, toMove), further, streams);
  }

  /// One try to send everything.
  private interface Try {
    Outcome run() throws IOException;
  }

  /// Tries again where the connection broke. From then on it may also be refused for a while: a
  /// receiver that has not heard of the end yet holds the destination.
  private Outcome retried(Try run) throws IOException {
    var tries = new Tries();
    for (int left = connections.retries; ; left--) {
      try {
        return resuming(run);
      } catch (SyncException failed) {
        var all = tries.all(failed);
        if (left == 0 || !cut || stop.isWanted() || failed instanceof SourceException) {
          throw all;
        }
        long seconds = Math.min(MAX_PAUSE_SECONDS, 1L << Math.min(connections.retries - left, 10));
        streams.warn(
            "%s; trying again in %d s, at most %d times more"
                .formatted(withoutAdvice(failed), seconds, left));
        if (stop.isWantedWithin(seconds)) {
          throw all;
        }
      }
    }
  }

  /// Returns the message without its advice to do what is done now.
  private static String withoutAdvice(SyncException failed) {
    return String.valueOf(failed.getMessage()).replaceAll("[;:] (try|run) again(?=$|[;:)])", "");
  }

  /// Goes on where an earlier run ended. What that run wrote may not be what is to be sent now,
  /// because the source moved on: then everything is sent.
  private Outcome resuming(Try run) throws IOException {
    anew = false;
    try {
      return run.run();
    } catch (RefusedException differs) {
      if (!resuming) {
        throw differs;
      }
      tell("what the interrupted run wrote has changed since; everything is sent again");
      anew = true;
      return run.run();
    }
  }

  private void tell(String news) {
    if (!report.quiet && !report.json) {
      streams.say(news);
    }
  }

  private Tally.Sum sent(ChangeSource source, RemoteReceiver receiver, ProgressMeter meter)
      throws IOException {
    try {
      return send(source, receiver, receiver::ready, meter);
    } finally {
      cut |= receiver.isCut();
    }
  }

  private long toMove(ChangeSource source, Totals totals) {
    return options.base == Base.FULL ? source.disk().size() : totals.bytes();
  }

  private Tally.Sum send(
      ChangeSource source, FrameSink receiver, Supplier<Answer.Ready> ready, ProgressMeter meter)
      throws IOException {
    var header = StreamHeader.of(source, Optional.of(Destinations.footing(source.standsOn())));
    meter.phase(options.dryRun ? "checking" : "sending");
    var counted = receipt.before(receiver);
    var unmetered = stop.before(counted);
    var metered = stop.before(limit.before(new MeteredSink(counted, meter)));
    var sender =
        new Sender(
            source,
            frame -> (isOfSample(frame) ? unmetered : metered).accept(frame),
            () -> start(source, ready.get()));
    return options.dryRun ? sender.rehearse(header) : sender.send(header);
  }

  /// Returns whether a frame is no part of what a run has to move.
  private boolean isOfSample(Frame frame) {
    return frame instanceof Frame.Expect && !resuming && options.base != Base.FULL;
  }

  /// Decides what is compared before the first change.
  private Start start(ChangeSource source, Answer.Ready ready) throws IOException {
    var start = Base.start(options.base, new Answer.Ready(resumeAt(ready), ready.base()), source);
    if (!resuming) {
      report.tell(
          streams,
          "of what did not change, is compared before the first write: "
              + start.check().name().toLowerCase(Locale.ROOT));
    }
    return start;
  }

  /// Returns where the run begins: where an earlier one ended, unless everything is to be sent.
  private long resumeAt(Answer.Ready ready) {
    resuming =
        ready.resumeAt() > 0 && !anew && (options.base == null || options.base == Base.ASSUME);
    if (!resuming) {
      return 0;
    }
    tell(
        "goes on at byte %d of the volume, where an earlier run was interrupted"
            .formatted(ready.resumeAt()));
    return ready.resumeAt();
  }

  private Outcome outcome(ChangeSource source, Totals totals, Tally.Sum sum, long wireBytes)
      throws IOException {
    double seconds = (System.nanoTime() - start) / 1e9;
    return options.dryRun
        ? Outcome.planned(totals, seconds)
        : Outcome.of(sum, wireBytes, seconds, false).movedOn(receipt.movedOn(movedOn(source)));
  }

  /// Everything is written by now: if it cannot be found out, it is not confirmed.
  private static Optional<String> movedOn(ChangeSource source) throws UnconfirmedException {
    try {
      return source.movedOn();
    } catch (IOException fault) {
      throw new UnconfirmedException(
          "%s; everything is written, but whether the source moved on meanwhile cannot be found out: run again"
              .formatted(SyncException.describe(fault)),
          fault);
    }
  }
}
