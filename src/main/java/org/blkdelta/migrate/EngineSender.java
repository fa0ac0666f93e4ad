package org.blkdelta.migrate;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.host.LvmName;
import org.blkdelta.lvm.SnapshotFormat;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Reporter;
import org.blkdelta.run.CopyRun;
import org.blkdelta.run.Far;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.SyncRun;
import org.blkdelta.run.VerifyRun;
import org.blkdelta.run.Wire;
import org.blkdelta.source.Sources;
import org.blkdelta.source.UseRequest;
import org.blkdelta.wire.Packing;

/// Sends disks by the runs that `copy`, `sync` and `verify --repair` are.
///
/// @param job what is sent where
/// @param ssh how the other machine is reached
/// @param reporter who tells what a run does; of each disk with its name
/// @param stop what a signal asks of it
/// @param readsBack whether what was written is read back and compared
record EngineSender(Job job, SshOptions ssh, Reporter reporter, Stop stop, boolean readsBack)
    implements DiskSender {

  private static final int RETRIES = 3;
  private static final Wire WIRE = new Wire(OptionalInt.empty(), RETRIES, new Packing.None());

  @Override
  public DiskSender readingBack() {
    return new EngineSender(job, ssh, reporter, stop, true);
  }

  @Override
  public long copy(JobDisk disk, LvmName snapshot) throws IOException {
    return copied(disk, snapshot, Treatment.USUAL);
  }

  /// Makes all checks that come before the first write, and writes nothing.
  ///
  /// @param volume what would be copied
  void rehearse(JobDisk disk, LvmName volume) throws IOException {
    copied(
        disk,
        volume,
        new Treatment(false, Set.of(), true, Optional.empty(), Optional.empty(), false));
  }

  private long copied(JobDisk disk, LvmName snapshot, Treatment treatment) throws IOException {
    var wanted = wanted(snapshot, true, SourceSettings.NONE);
    var copy = new CopyRun(wanted, job.destinationOf(disk), treatment, WIRE, far(), readsBack);
    return of(disk, wanted, treatment, copy::in).bytes();
  }

  @Override
  public long changes(JobDisk disk, LvmName base, LvmName snapshot, boolean isThin)
      throws IOException {
    var settings =
        isThin
            ? SourceSettings.NONE.with(SourceOption.SINCE, "/dev/" + base)
            : SourceSettings.NONE.with(SnapshotFormat.DATA_SOURCE, "/dev/" + snapshot);
    var wanted = wanted(isThin ? snapshot : base, false, settings);
    var sync =
        new SyncRun(
            wanted,
            UseRequest.USUAL,
            job.destinationOf(disk),
            Treatment.USUAL,
            WIRE,
            far(),
            readsBack);
    return of(disk, wanted, Treatment.USUAL, sync::in).bytes();
  }

  @Override
  public long repair(JobDisk disk, LvmName snapshot) throws IOException {
    var bytes = new long[1];
    checkFinal(disk, compared(disk, snapshot, true, extent -> bytes[0] += extent.length()));
    if (readsBack && !isSame(disk, snapshot)) {
      throw new IncompleteException(
          job.key(disk) + ": what was repaired differs; is its medium failing?");
    }
    return bytes[0];
  }

  @Override
  public boolean isSame(JobDisk disk, LvmName snapshot) throws IOException {
    return compared(disk, snapshot, false, extent -> {}) == ExitCode.DONE;
  }

  private ExitCode compared(JobDisk disk, LvmName snapshot, boolean repairs, ExtentSink told)
      throws IOException {
    var wanted = wanted(snapshot, true, SourceSettings.NONE);
    var verify =
        new VerifyRun(
            wanted, job.destinationOf(disk), WIRE, far(), repairs, repairs, Set.of(), told);
    var parties = Run.Parties.of(wanted, job.key(disk), Treatment.USUAL);
    return Run.of(about(disk), stop.part(), job.limit(), parties, verify::in, found -> found);
  }

  private Outcome of(
      JobDisk disk, Sources.Wanted wanted, Treatment treatment, Run.Body<Outcome> body)
      throws IOException {
    var parties = Run.Parties.of(wanted, job.key(disk), treatment);
    var outcome = Run.of(about(disk), stop.part(), job.limit(), parties, body, Outcome::code);
    if (!treatment.dryRun()) {
      checkFinal(disk, outcome.code());
    }
    return outcome;
  }

  /// A snapshot stays as it is, unless somebody writes to it.
  private void checkFinal(JobDisk disk, ExitCode code) throws IOException {
    if (code != ExitCode.DONE) {
      throw new IncompleteException(
          job.key(disk)
              + ": the snapshot was written to meanwhile; find out by what, and run again");
    }
  }

  private Sources.Wanted wanted(LvmName volume, boolean isWhole, SourceSettings settings) {
    return new Sources.Wanted(List.of(job.sourceOf(volume)), isWhole, settings, false);
  }

  private Reporter about(JobDisk disk) {
    return reporter.about(disk.from().toString());
  }

  private Far far() {
    return new Far(ssh, FarCommand.USUAL);
  }
}
