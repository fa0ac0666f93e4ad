package org.blkdelta.run;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Job;
import org.blkdelta.report.Outcome;
import org.blkdelta.vmdk.SnapshotChain;
import org.blkdelta.vsphere.Export;
import org.blkdelta.vsphere.MachineUri;
import org.blkdelta.vsphere.Passwords;
import org.blkdelta.wire.StreamHeader;

/// Copies a disk of a machine, which may run, from its ESXi host or vCenter to a destination of
/// this host.
///
/// @param from the disk
/// @param to the destination
/// @param treatment how that is treated
/// @param readsBack whether what was written is to be read back
public record ExportRun(MachineUri from, Location to, Treatment treatment, boolean readsBack) {

  /// Does it.
  public Outcome in(Run run) throws IOException {
    checkPossible();
    var reporter = run.reporter();
    var streams = reporter.streams();
    var name = DestinationName.of(to.path());
    var passwords = new Passwords(System.getenv(), streams::secret);
    try (var export = Export.prepare(from, passwords, streams::say)) {
      var destinations = streams.destinations();
      var whole =
          new StreamHeader(export.size(), Lineage.whole(Optional.empty()), Optional.empty());
      destinations
          .of(name, treatment.dry())
          .open(whole)
          .close(); // before anything is touched there
      if (treatment.dryRun()) {
        return rehearsed(export.size(), run);
      }
      try (var stream = export.open()) {
        var state = SnapshotChain.stateOfBase(stream.file(), stream.base());
        var frames =
            DiskStream.exported(
                stream.in(), from.name(), export.size(), state, stream::complete, reporter::warn);
        var outcome =
            ApplyRun.of(
                run, frames, from.name(), destinations.of(name, treatment), false, header -> {});
        reporter.news(
            "the snapshot stays at the host; when the machine is off, send the rest: blkdelta sync '%s' %s"
                .formatted(from.text(), to));
        return outcome.at(to.toString());
      }
    }
  }

  private Outcome rehearsed(long size, Run run) {
    run.reporter()
        .news(
            "a snapshot would be taken, and what it holds be written; how much that is shows then");
    var job = new Job(Job.Verb.WRITE, size, to.toString(), false);
    return Outcome.of(job, new org.blkdelta.wire.Tally().sum(), 0, 0, true);
  }

  private void checkPossible() throws UsageException {
    if (to.isRemote()) {
      throw new UsageException(
          "%s: an export of vSphere is written by the machine that has the destination; run this there"
              .formatted(to));
    }
    if (treatment.undo().isPresent()) {
      throw new UsageException(
          from.name() + ": its blocks may come in any order, and --undo needs them ascending");
    }
    if (readsBack) {
      throw new UsageException(
          "%s: an export can't be read twice; when the machine is off, compare: blkdelta verify"
              .formatted(from.name()));
    }
  }
}
