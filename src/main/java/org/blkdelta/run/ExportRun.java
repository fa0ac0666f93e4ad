package org.blkdelta.run;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Job;
import org.blkdelta.report.Outcome;
import org.blkdelta.sync.Destination;
import org.blkdelta.vmdk.SnapshotChain;
import org.blkdelta.vsphere.Access;
import org.blkdelta.vsphere.Export;
import org.blkdelta.vsphere.ExportedDisk;
import org.blkdelta.vsphere.MachineDisk;
import org.blkdelta.vsphere.MachineUri;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

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
    var access = Access.ofHost(streams.person());
    try (var export = Export.prepare(from, access, streams::say)) {
      var disk = export.disk(from);
      checkDestination(run, disk, name, treatment); // before anything is touched there
      if (treatment.dryRun()) {
        reporter.news(
            "a snapshot would be taken, and what it holds be written; how much that is shows then");
        return rehearsed(disk.size(), to.toString());
      }
      try (var exported = export.begin(List.of(disk)).open(disk)) {
        var outcome =
            written(run, exported, from, disk, streams.destinations().of(name, treatment));
        reporter.news(
            "the snapshot stays at the host; when the machine is off, send the rest: blkdelta sync '%s' %s"
                .formatted(from.text(), to));
        return outcome.at(to.toString());
      }
    }
  }

  /// Makes the checks of a destination of a disk that come before the first write.
  public static void checkDestination(
      Run run, MachineDisk disk, DestinationName to, Treatment treatment) throws IOException {
    var whole = new StreamHeader(disk.size(), Lineage.whole(Optional.empty()), Optional.empty());
    run.reporter().streams().destinations().of(to, treatment.dry()).open(whole).close();
  }

  /// Writes what is exported.
  public static Outcome written(
      Run run, ExportedDisk exported, MachineUri from, MachineDisk disk, Destination to)
      throws IOException {
    var state = SnapshotChain.stateOfBase(exported.file(), exported.base());
    var frames =
        DiskStream.exported(
            exported.in(),
            from.name(),
            disk.size(),
            state,
            exported::complete,
            run.reporter()::warn);
    return ApplyRun.of(run, frames, from.name(), to, false, header -> {});
  }

  /// Returns what a rehearsal comes to.
  public static Outcome rehearsed(long size, String to) {
    return Outcome.of(new Job(Job.Verb.WRITE, size, to, false), new Tally().sum(), 0, 0, true);
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
