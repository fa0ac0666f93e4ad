package org.blkdelta.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Job;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.ProgressMeter;
import org.blkdelta.report.Reporter;
import org.blkdelta.stripes.Lanes;
import org.blkdelta.sync.Asked;
import org.blkdelta.sync.Base;
import org.blkdelta.sync.MeterAnswers;
import org.blkdelta.sync.Receiver;
import org.blkdelta.sync.RemoteReceiver;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.Tally;

/// Writes what a source has to a destination. Either may be on another host, and both: then this
/// one hands on what comes.
public final class Transfer {

  /// What a sender is told of a destination whose host was not asked yet.
  private static final long UNKNOWN_SIZE = -1;

  private final Run run;
  private final Treatment treatment;
  private final Wire wire;
  private final Reporter reporter;
  private final long start = System.nanoTime();
  private boolean isTold;
  private long volumeSize;

  /// @param treatment how the destination is treated
  /// @param wire how a run goes to another host
  public Transfer(Run run, Treatment treatment, Wire wire) {
    this.run = run;
    this.treatment = treatment;
    this.wire = wire;
    this.reporter = run.reporter();
  }

  /// Sends changes to a destination, here or on another host.
  ///
  /// @param far how another host is reached
  public Outcome send(ChangeSource source, Location to, Far far) throws IOException {
    var totals = totals(source);
    var job = job(Job.Verb.SEND, source.disk().size(), to.toString());
    return retrying()
        .run(
            attempt ->
                to.isRemote()
                    ? toHost(attempt, source, totals, job, to, far)
                    : toHere(attempt, source, totals, job, DestinationName.of(to.path())));
  }

  /// Sends changes to a path of this host.
  public Outcome write(ChangeSource source, Path to) throws IOException {
    var totals = totals(source);
    var job = job(Job.Verb.WRITE, source.disk().size(), to.toString());
    return retrying().run(attempt -> toHere(attempt, source, totals, job, DestinationName.of(to)));
  }

  /// Receives what another host reads, for a destination here or on a third host.
  public Outcome receive(FarSource source, Location to) throws IOException {
    return retrying().run(attempt -> fromHost(attempt, source, to));
  }

  private Retrying retrying() {
    return new Retrying(
        wire.retries(),
        anew -> Resumption.of(treatment.base(), anew, reporter),
        run.stop(),
        reporter);
  }

  private Job job(Job.Verb verb, long volumeSize, String destination) {
    return new Job(verb, volumeSize, destination, treatment.isBased(Base.FULL));
  }

  /// Tells what is to come, once; of a dry run, its result says so.
  ///
  /// @param size the destination's before this run; negative if it did not exist
  private void tell(Job job, String plan, long size) {
    if (!treatment.dryRun() && !isTold) {
      isTold = true;
      if (size < 0) {
        reporter.news(job.creation());
      }
      reporter.news(plan);
    }
  }

  private Outcome toHere(
      Retrying.Attempt attempt, ChangeSource source, Totals totals, Job job, DestinationName name)
      throws IOException {
    var destination = reporter.streams().destinations().of(name, treatment);
    long size = name.size();
    try (var meter = reporter.meter(toMove(source, totals), source::storeUsage);
        var receiver = new Receiver(destination, new MeterAnswers(meter))) {
      meter.phase(phase("sending"));
      var sum =
          run.move(changes(attempt, source, totals, job, tally(), () -> size), receiver, meter);
      return outcome(source, totals, job, sum, 0);
    }
  }

  private Outcome toHost(
      Retrying.Attempt attempt, ChangeSource source, Totals totals, Job job, Location to, Far far)
      throws IOException {
    long toMove = toMove(source, totals);
    try (var meter = reporter.meter(toMove, source::storeUsage)) {
      var sent =
          toHost(
              attempt,
              receiver ->
                  changes(attempt, source, totals, job, Tally::new, receiver::destinationSize),
              to,
              far,
              toMove,
              meter);
      return outcome(source, totals, job, sent.sum(), sent.wireBytes());
    }
  }

  /// Makes what gives the frames for a receiver.
  private interface Making {
    Producer of(RemoteReceiver receiver) throws IOException;
  }

  /// Returns the arguments of the far end that receives what a transfer sends.
  static List<String> words(Location to, Treatment treatment, Wire wire) throws UsageException {
    return ReceiveOrder.writing(treatment, wire.packing().isWanted())
        .words(DestinationName.of(to.path()).toString());
  }

  private Sent toHost(
      Retrying.Attempt attempt,
      Making frames,
      Location to,
      Far far,
      long toMove,
      ProgressMeter meter)
      throws IOException {
    var host = to.host().orElseThrow();
    var words = words(to, treatment, wire);
    var asked = new Asked(words, treatment.undo().isPresent() && !treatment.dryRun(), far.place());
    meter.phase("connecting to " + host);
    try (var first = far.connect(host, words, reporter);
        var lanes = lanes(first, treatment.dryRun() ? 0 : toMove, host, far)) {
      var peer = first.over(lanes.output());
      var receiver = new RemoteReceiver(peer, asked, meter, wire.packing()::before);
      meter.phase(phase("sending"));
      var sum = sent(attempt, frames.of(receiver), receiver, first.hasWaited(), meter);
      first.process().exitStatus(); // whoever mounts the destination next finds it free
      return new Sent(sum, receiver.wireBytes());
    }
  }

  private Lanes lanes(RemotePeer first, long toMove, Host host, Far far) {
    int count = wire.count(first.process(), toMove);
    return Lanes.open(first.process(), count, () -> far.join(host), reporter::warn);
  }

  /// @param hasWaited whether the connection may have been lost before there was anything to send
  private Tally.Sum sent(
      Retrying.Attempt attempt,
      Producer changes,
      RemoteReceiver receiver,
      boolean hasWaited,
      ProgressMeter meter)
      throws IOException {
    try {
      return run.move(changes, receiver, meter);
    } catch (ConnectionException lost) {
      if (hasWaited) {
        attempt.cut();
      }
      throw lost;
    } finally {
      if (receiver.isCut()) {
        attempt.cut();
      }
    }
  }

  private Outcome fromHost(Retrying.Attempt attempt, FarSource far, Location to)
      throws IOException {
    try (var source = far.connect(reporter)) {
      var sum = received(attempt, source, far.far(), to);
      var job = pulledTo(to);
      var outcome = Outcome.of(job, sum, source.wireBytes(), seconds(), treatment.dryRun());
      if (treatment.dryRun()) {
        source.movedOn().ifPresent(reporter::warn);
        return outcome;
      }
      return outcome.movedOn(run.receipt().movedOn(source.movedOn()));
    }
  }

  private Job pulledTo(Location to) throws IOException {
    return to.isRemote()
        ? job(Job.Verb.SEND, volumeSize, to.toString())
        : job(Job.Verb.RECEIVE, volumeSize, DestinationName.of(to.path()).toString());
  }

  private Tally.Sum received(Retrying.Attempt attempt, RemoteSender source, Far far, Location to)
      throws IOException {
    try {
      return source.read(
          stream ->
              to.isRemote()
                  ? handedOn(attempt, stream, source, far, to)
                  : received(attempt, stream, source, to));
    } finally {
      if (source.isCut()) {
        attempt.cut();
      }
    }
  }

  private Tally.Sum received(
      Retrying.Attempt attempt, FrameSource stream, RemoteSender source, Location to)
      throws IOException {
    var name = DestinationName.of(to.path());
    var destination = reporter.streams().destinations().of(name, treatment);
    long expected = source.expectedBytes(stream);
    try (var meter = reporter.meter(expected);
        var receiver = new Receiver(destination, new MeterAnswers(meter))) {
      long size = name.size();
      source.greet(size);
      meter.phase(phase("receiving"));
      return run.move(pulled(attempt, stream, source, to, () -> size), receiver, meter);
    }
  }

  private Tally.Sum handedOn(
      Retrying.Attempt attempt, FrameSource stream, RemoteSender source, Far far, Location to)
      throws IOException {
    long expected = source.expectedBytes(stream);
    try (var meter = reporter.meter(expected)) {
      source.greet(UNKNOWN_SIZE); // and so it waits for a login at the other host
      return toHost(
              attempt,
              receiver ->
                  new Relayed(
                      pulled(attempt, stream, source, to, receiver::destinationSize),
                      receiver,
                      treatment.dryRun()),
              to,
              far,
              expected,
              meter)
          .sum();
    }
  }

  /// Returns what another host reads, told before the first change.
  private Producer pulled(
      Retrying.Attempt attempt,
      FrameSource stream,
      RemoteSender source,
      Location to,
      LongSupplier size)
      throws IOException {
    long expected = source.expectedBytes(stream);
    volumeSize = stream.header().volumeSize();
    var job = pulledTo(to);
    var plan = expected == 0 ? job.plan() : job.planAtMost(expected);
    return new Announced(
        source.producer(stream, attempt.resumption()), header -> tell(job, plan, size.getAsLong()));
  }

  private Totals totals(ChangeSource source) throws IOException {
    var totals = Totals.of(source);
    reporter.detail(totals.text());
    return totals;
  }

  /// Returns what counts frames that do not leave this process: nothing can happen to them.
  private Supplier<Tally> tally() {
    return reporter.tellsDigests() ? Tally::new : Tally::counting;
  }

  private Producer changes(
      Retrying.Attempt attempt,
      ChangeSource source,
      Totals totals,
      Job job,
      Supplier<Tally> tally,
      LongSupplier size)
      throws IOException {
    var changes =
        Changes.live(
            source, treatment.base(), treatment.dryRun(), attempt.resumption(), tally, reporter);
    return job.verb() == Job.Verb.SEND
        ? new Announced(changes, header -> tell(job, job.plan(totals), size.getAsLong()))
        : changes;
  }

  private long toMove(ChangeSource source, Totals totals) {
    return treatment.isBased(Base.FULL) ? source.disk().size() : totals.bytes();
  }

  private double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  private String phase(String writing) {
    return treatment.dryRun() ? "checking" : writing;
  }

  private Outcome outcome(
      ChangeSource source, Totals totals, Job job, Tally.Sum sum, long wireBytes)
      throws IOException {
    return treatment.dryRun()
        ? Outcome.planned(job, totals, seconds())
        : Outcome.of(job, sum, wireBytes, seconds(), false).movedOn(run.movedOn(source));
  }
}
