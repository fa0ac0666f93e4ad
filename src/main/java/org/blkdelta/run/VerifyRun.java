package org.blkdelta.run;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.KnownExtents;
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
/// @param far how another machine is reached
/// @param repairs whether what differs is sent
/// @param force what speaks against writing, and is overridden
/// @param told takes each run of bytes that differs
public record VerifyRun(
    Sources.Wanted wanted,
    Location to,
    Far far,
    boolean repairs,
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
    var differences = new Differences(Long.MAX_VALUE, told);
    var verification = Verification.of(run, isRaw, differences);
    var digests = new FarSource(from, SendOrder.digests(settings, isRaw), far);
    var verdict = verification.receive(digests, to.path());
    return concluded(
        run,
        verdict,
        verification.movedOn(),
        transfer -> {
          var order = SendOrder.listed(settings, isRaw);
          var found = Optional.of(differences.covering());
          return transfer.receive(new FarSource(from, order, found, far), to.path());
        });
  }

  private ExitCode here(Run run) throws IOException {
    var streams = run.reporter().streams();
    try (var opened = streams.sources(far.ssh()).open(wanted, SourceUse.warned(streams::say))) {
      var volume = opened.changes();
      var differences = new Differences(volume.disk().size(), told);
      var verification = Verification.of(run, wanted.isRaw(), differences);
      var verdict = verification.send(volume, to, far);
      return concluded(
          run,
          verdict,
          verification.movedOn(),
          transfer -> transfer.send(new KnownExtents(volume, differences.covering()), to, far));
    }
  }

  /// Sends what differs.
  private interface Repairing {
    Outcome by(Transfer transfer) throws IOException;
  }

  /// Tells what was found, and repairs it if that is wanted and needed.
  ///
  /// @param movedOn in words that the source was written to while it was compared, if it was
  private ExitCode concluded(
      Run run, Verdict verdict, Optional<String> movedOn, Repairing repairing) throws IOException {
    run.receipt().readBack(verdict);
    verdict.print(run.reporter());
    if (verdict.isSame() || !repairs) {
      movedOn.ifPresent(run.reporter()::say);
    }
    if (verdict.isSame()) {
      return run.receipt().movedOn(movedOn).isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE;
    }
    if (!repairs) {
      return ExitCode.DIFFERENT;
    }
    var transfer = new Transfer(run, treatment(movedOn.isPresent()), Wire.USUAL);
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
