package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.destination.Treatment;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Outcome;
import org.blkdelta.source.Sources;
import org.blkdelta.source.UseRequest;

/// Sends what changed, wherever both sides are, and reads it back if that is wanted.
///
/// @param wanted what is read
/// @param use what is done about a source that is in use
/// @param to the destination
/// @param treatment how that is treated
/// @param wire how the run goes to another machine
/// @param far how that is reached
/// @param readsBack whether what was written is read back
public record SyncRun(
    Sources.Wanted wanted,
    UseRequest use,
    Location to,
    Treatment treatment,
    Wire wire,
    Far far,
    boolean readsBack) {

  /// Does it.
  public Outcome in(Run run) throws IOException {
    var from = Location.parse(wanted.names().getFirst());
    return FarSource.reads(from) ? pull(run, from) : push(run);
  }

  private Outcome push(Run run) throws IOException {
    var streams = run.reporter().streams();
    var inUse = use.use(streams::say);
    try (var opened =
        streams.sources(far.ssh()).open(wanted, treatment.dryRun() ? inUse.rehearsed() : inUse)) {
      var changes = opened.changes();
      run.reporter().warnOfWhole(changes);
      var outcome = new Transfer(run, treatment, wire).send(changes, to, far);
      var back = Verification.readingBack(run, wanted.isRaw(), changes.disk().size());
      return readBack(run).settled(outcome, back, () -> back.send(changes, to, far), changes);
    }
  }

  /// Has the changes read where they are.
  private Outcome pull(Run run, Location from) throws IOException {
    if (wanted.names().size() > 1) {
      throw new UsageException(
          from + ": several sources can only be the delta files of one VMware disk");
    }
    var settings = wanted.settings();
    var isRaw = wanted.isRaw();
    var inUse = treatment.dryRun() ? use.rehearsed() : use;
    var changes = SendOrder.changes(settings, isRaw, treatment.base(), inUse, wire.packing());
    var outcome = new Transfer(run, treatment, wire).receive(new FarSource(from, changes, far), to);
    var digests = SendOrder.digestsOfChanges(settings, isRaw, use);
    var back = Verification.readingBack(run, isRaw, Long.MAX_VALUE);
    return readBack(run)
        .checked(outcome, back, () -> back.receive(new FarSource(from, digests, far), to));
  }

  private ReadBack readBack(Run run) {
    return new ReadBack(run, to, readsBack && !treatment.dryRun());
  }
}
