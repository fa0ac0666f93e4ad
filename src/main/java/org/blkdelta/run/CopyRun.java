package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.destination.Treatment;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Outcome;
import org.blkdelta.source.SourceUse;
import org.blkdelta.source.Sources;
import org.blkdelta.vsphere.MachineUri;

/// Sends a whole volume, wherever both sides are.
///
/// @param wanted what is read, one name
/// @param to the destination
/// @param treatment how that is treated
/// @param wire how the run goes to another machine
/// @param far how that is reached
/// @param readsBack whether what was written is read back
public record CopyRun(
    Sources.Wanted wanted,
    Location to,
    Treatment treatment,
    Wire wire,
    Far far,
    boolean readsBack) {

  /// Does it.
  public Outcome in(Run run) throws IOException {
    var from = Location.parse(wanted.names().getFirst());
    if (MachineUri.isOne(from.path())) {
      return new ExportRun(MachineUri.parse(from.path()), to, treatment, readsBack).in(run);
    }
    var transfer = new Transfer(run, treatment, wire);
    if (FarSource.readsWhole(from, wanted.isRaw())) {
      var order = SendOrder.whole(wanted.settings(), wanted.isRaw(), wire.packing());
      var outcome = transfer.receive(new FarSource(from, order, far), to);
      var digests = SendOrder.digests(wanted.settings(), wanted.isRaw());
      var back = Verification.readingBack(run, wanted.isRaw(), Long.MAX_VALUE);
      return readBack(run)
          .checked(outcome, back, () -> back.receive(new FarSource(from, digests, far), to));
    }
    var streams = run.reporter().streams();
    try (var opened = streams.sources(far.ssh()).open(wanted, SourceUse.warned(streams::say))) {
      var volume = opened.changes();
      var outcome = transfer.send(volume, to, far);
      var back = Verification.readingBack(run, wanted.isRaw(), volume.disk().size());
      return readBack(run).settled(outcome, back, () -> back.send(volume, to, far), volume);
    }
  }

  private ReadBack readBack(Run run) {
    return new ReadBack(run, to, readsBack && !treatment.dryRun());
  }
}
