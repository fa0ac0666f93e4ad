package org.blkdelta.run;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.LaterExtents;
import org.blkdelta.extent.Totals;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ProgressMeter;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Verdict;
import org.blkdelta.sync.Asked;
import org.blkdelta.sync.Comparer;
import org.blkdelta.sync.RemoteReceiver;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.Tally;

/// One comparison of a source's extents with a destination, which is read from its medium.
public final class Verification {

  private final Run run;
  private final Treatment treatment;
  private final Differences differences;
  private final boolean doubts;
  private final Reporter reporter;
  private final long start = System.nanoTime();
  private Optional<String> movedOn = Optional.empty();
  private boolean isCut;

  /// Creates one that tells `differences` what it finds.
  ///
  /// @param isRaw whether the destination is a raw disk whatever it holds
  /// @param doubts whether a destination that differs is remembered as incomplete
  private Verification(Run run, boolean isRaw, Differences differences, boolean doubts) {
    this.run = run;
    this.treatment = Treatment.reading(isRaw);
    this.differences = differences;
    this.doubts = doubts;
    this.reporter = run.reporter();
  }

  /// Returns one that is a run of its own.
  public static Verification of(Run run, boolean isRaw, Differences differences) {
    return new Verification(run, isRaw, differences, false);
  }

  /// Returns one that reads back what a run has written, and is no part of its receipt.
  public static Verification readingBack(Run run, boolean isRaw, long volumeSize) {
    return new Verification(
        run.unrecorded(), isRaw, new Differences(volumeSize, extent -> {}), true);
  }

  /// Returns in words that the source moved on while it was compared, if it did.
  public Optional<String> movedOn() {
    return movedOn;
  }

  /// Returns whether it began, and then failed because the connection did.
  boolean isCut() {
    return isCut;
  }

  /// Compares with a destination, here or on another host.
  ///
  /// @param far how another host is reached
  public Verdict send(ChangeSource source, Location to, Far far) throws IOException {
    return to.isRemote()
        ? withHost(source, to, far)
        : withName(source, DestinationName.of(to.path()));
  }

  private Verdict withName(ChangeSource source, DestinationName name) throws IOException {
    var totals = Totals.of(source);
    try (var meter = reporter.meter(totals.bytes(), source::storeUsage);
        var comparer = comparer(name)) {
      meter.phase("comparing");
      var sum = run.move(new Digested(source, List.of()), comparer, meter);
      movedOn = source.movedOn();
      return doubted(name, verdict(totals.bytes(), sum.digest(), 0));
    }
  }

  private Verdict withHost(ChangeSource source, Location to, Far far) throws IOException {
    var totals = Totals.of(source);
    long from = differences.comparedBefore();
    var left = from == 0 ? source : new LaterExtents(source, from);
    long toCompare = from == 0 ? totals.bytes() : Totals.of(left).bytes();
    try (var meter = reporter.meter(toCompare, source::storeUsage)) {
      var sent = withHost(new Digested(left, List.of()), to, far, meter);
      movedOn = source.movedOn();
      var digest = from == 0 ? sent.sum().digest() : ""; // it is of what was left, not of all
      return verdict(totals.bytes(), digest, sent.wireBytes());
    }
  }

  private Sent withHost(Producer digests, Location to, Far far, ProgressMeter meter)
      throws IOException {
    var host = to.host().orElseThrow();
    var name = DestinationName.of(to.path()).toString();
    var words = ReceiveOrder.comparing(treatment, doubts).words(name);
    meter.phase("connecting to " + host);
    try (var peer = far.connect(host, words, reporter)) {
      var receiver = RemoteReceiver.comparing(peer, new Asked(words, far.place()), differences);
      meter.phase("comparing");
      var sum = compared(digests, receiver, meter);
      peer.process().exitStatus(); // a doubt is remembered then
      return new Sent(sum, receiver.wireBytes());
    }
  }

  private Tally.Sum compared(Producer digests, RemoteReceiver receiver, ProgressMeter meter)
      throws IOException {
    try {
      return run.move(digests, receiver, meter);
    } finally {
      isCut |= receiver.isCut();
    }
  }

  /// Compares what another host reads with a destination, here or on a third host.
  public Verdict receive(FarSource far, Location to) throws IOException {
    return to.isRemote() ? acrossHosts(far, to) : received(far, DestinationName.of(to.path()));
  }

  private Verdict acrossHosts(FarSource far, Location to) throws IOException {
    try (var source = far.connect(reporter)) {
      var sent = read(source, stream -> handedOn(stream, source, far.far(), to));
      movedOn = source.movedOn();
      return verdict(source.digestedBytes(), sent.sum().digest(), sent.wireBytes());
    }
  }

  private Sent handedOn(FrameSource stream, RemoteSender source, Far far, Location to)
      throws IOException {
    try (var meter = reporter.meter(source.expectedBytes(stream))) {
      return withHost(source.digests(stream), to, far, meter);
    }
  }

  private Verdict received(FarSource far, DestinationName name) throws IOException {
    try (var source = far.connect(reporter);
        var comparer = comparer(name)) {
      var sum = read(source, stream -> compared(stream, source, comparer));
      movedOn = source.movedOn();
      return doubted(name, verdict(source.digestedBytes(), sum.digest(), 0));
    }
  }

  private <T> T read(RemoteSender source, RemoteSender.Reading<T> reading) throws IOException {
    try {
      return source.read(reading);
    } finally {
      isCut |= source.isCut();
    }
  }

  private Tally.Sum compared(FrameSource stream, RemoteSender source, Comparer comparer)
      throws IOException {
    try (var meter = reporter.meter(source.expectedBytes(stream))) {
      meter.phase("comparing");
      return run.move(source.digests(stream), comparer, meter);
    }
  }

  private Comparer comparer(DestinationName name) {
    var destinations = reporter.streams().destinations();
    return new Comparer(
        header -> {
          var disk = destinations.openForComparing(name, treatment, header);
          differences.accept(new Answer.Hello(disk.size())); // an image's file has another size
          return disk;
        },
        differences);
  }

  private Verdict doubted(DestinationName name, Verdict verdict) {
    if (doubts && !verdict.isSame()) {
      reporter.streams().destinations().doubt(name);
    }
    return verdict;
  }

  private Verdict verdict(long bytes, String digest, long wireBytes) {
    if (!differences.isComplete()) {
      throw new IllegalStateException("a verdict before the end");
    }
    return new Verdict(
        differences.extents(),
        differences.bytes(),
        bytes,
        differences.destinationSize(),
        wireBytes,
        (System.nanoTime() - start) / 1e9,
        digest);
  }
}
