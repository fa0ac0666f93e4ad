package org.blkdelta.run;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.KnownExtents;
import org.blkdelta.extent.Sizes;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Verdict;
import org.blkdelta.source.SourceUse;
import org.blkdelta.source.Sources;
import org.blkdelta.sync.Base;

/// Compares a whole volume with a copy, wherever both are, and sends what differs if that is
/// wanted.
///
/// @param wanted what is read, one name
/// @param to the copy
/// @param wire how a repair goes to another machine, and how often a cut run is tried again
/// @param far how another machine is reached
/// @param repairs whether what differs is sent
/// @param remembers whether a destination in which nothing differs is remembered as the copy,
///     as one that was repaired is; then it must be one that may be written
/// @param force what speaks against writing, and is overridden
/// @param told takes each run of bytes that differs
public record VerifyRun(
    Sources.Wanted wanted,
    Location to,
    Wire wire,
    Far far,
    boolean repairs,
    boolean remembers,
    Set<Reason> force,
    ExtentSink told) {

  /// Copies the set.
  public VerifyRun {
    force = Set.copyOf(force);
  }

  /// Does it.
  public ExitCode in(Run run) throws IOException {
    var from = Location.parse(wanted.names().getFirst());
    return FarSource.readsWhole(from, wanted.isRaw()) ? pulled(run, from) : here(run);
  }

  private ExitCode pulled(Run run, Location from) throws IOException {
    var settings = wanted.settings();
    var isRaw = wanted.isRaw();
    var digests = new FarSource(from, SendOrder.digests(settings, isRaw), far);
    var found = compared(run, Long.MAX_VALUE, Differences::anew, by -> by.receive(digests, to));
    return concluded(
        run,
        found,
        transfer -> {
          var order = SendOrder.listed(settings, isRaw);
          var extents = Optional.of(found.covering());
          return transfer.receive(new FarSource(from, order, extents, far), to);
        });
  }

  private ExitCode here(Run run) throws IOException {
    var streams = run.reporter().streams();
    try (var opened = streams.sources(far.ssh()).open(wanted, SourceUse.warned(streams::say))) {
      var volume = opened.changes();
      var found =
          compared(run, volume.disk().size(), Differences::goingOn, by -> by.send(volume, to, far));
      return concluded(
          run,
          found,
          transfer -> {
            var outcome = transfer.send(new KnownExtents(volume, found.covering()), to, far);
            volume.settle();
            return outcome;
          });
    }
  }

  /// What a comparison found.
  ///
  /// @param covering extents that all differences lie in
  /// @param movedOn in words that the source was written to meanwhile, if it was
  private record Found(Verdict verdict, List<Extent> covering, Optional<String> movedOn) {}

  /// One comparison.
  private interface Comparing {
    Verdict by(Verification verification) throws IOException;
  }

  /// Compares, again if the connection breaks. What differs is told once.
  ///
  /// @param next how another try begins. A source that is read here stays open, so what was
  ///     compared of it stays true or is told to have moved on; one that is read elsewhere is
  ///     opened again, and compared from the beginning
  private Found compared(
      Run run, long volumeSize, UnaryOperator<Differences> next, Comparing comparing)
      throws IOException {
    var last = new AtomicReference<>(new Differences(volumeSize, new Once(told)));
    var retrying =
        new Retrying(
            wire.retries(),
            anew -> Resumption.of(Optional.empty(), anew, run.reporter()),
            run.stop(),
            run.reporter());
    return retrying.run(attempt -> compared(run, last.updateAndGet(next), comparing, attempt));
  }

  private Found compared(
      Run run, Differences differences, Comparing comparing, Retrying.Attempt attempt)
      throws IOException {
    long start = differences.comparedBefore();
    if (start > 0) {
      run.reporter().news("resuming at " + Sizes.binary(start));
    }
    var verification = Verification.of(run, wanted.isRaw(), differences);
    try {
      var verdict = comparing.by(verification);
      return new Found(verdict, differences.covering(), verification.movedOn());
    } finally {
      if (verification.isCut()) {
        attempt.cut();
      }
    }
  }

  /// Hands on what lies beyond all that was handed on before.
  private static final class Once implements ExtentSink {

    private final ExtentSink next;
    private long end;

    Once(ExtentSink next) {
      this.next = next;
    }

    @Override
    public synchronized void accept(Extent extent) throws IOException {
      long start = Math.max(end, extent.offset());
      if (start < extent.end()) {
        end = extent.end();
        next.accept(new Extent(start, extent.end() - start, extent.kind()));
      }
    }
  }

  /// Sends what differs.
  private interface Repairing {
    Outcome by(Transfer transfer) throws IOException;
  }

  /// Tells what was found, and repairs it if that is wanted and needed.
  private ExitCode concluded(Run run, Found found, Repairing repairing) throws IOException {
    var verdict = found.verdict();
    var movedOn = found.movedOn();
    run.receipt().readBack(verdict);
    verdict.print(run.reporter());
    if (verdict.isSame() || !repairs) {
      movedOn.ifPresent(run.reporter()::say);
    }
    if (verdict.isSame() && remembers && movedOn.isEmpty()) {
      return repairing.by(new Transfer(run, treatment(false), wire)).code();
    }
    if (verdict.isSame()) {
      return run.receipt().movedOn(movedOn).isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE;
    }
    if (!repairs) {
      return ExitCode.DIFFERENT;
    }
    var transfer = new Transfer(run, treatment(movedOn.isPresent()), wire);
    var outcome = repairing.by(transfer).movedOn(run.receipt().movedOn(movedOn));
    outcome.print(run.reporter());
    return outcome.code();
  }

  /// @param movedOn whether the source was written to while it was compared: a sample of what was
  ///     the same would then find what is not the same any more, and say nothing of the destination
  private Treatment treatment(boolean movedOn) {
    var base = movedOn ? Optional.of(Base.ASSUME) : Optional.<Base>empty();
    return new Treatment(false, force, false, base, Optional.empty(), wanted.isRaw());
  }
}
