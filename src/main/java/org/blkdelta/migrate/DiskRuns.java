package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Reporter;
import org.blkdelta.run.CopyRun;
import org.blkdelta.run.ExportRun;
import org.blkdelta.run.Far;
import org.blkdelta.run.Run;
import org.blkdelta.run.Standby;
import org.blkdelta.run.Stop;
import org.blkdelta.run.SyncRun;
import org.blkdelta.run.VerifyRun;
import org.blkdelta.run.Wire;
import org.blkdelta.source.Sources;
import org.blkdelta.source.UseRequest;
import org.blkdelta.vsphere.Export;
import org.blkdelta.vsphere.MachineDisk;
import org.blkdelta.vsphere.MachineUri;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.Packing;

/// The runs by which a job's disks are brought to their destinations: those that `copy`, `sync` and
/// `verify --repair` are.
///
/// @param job what is sent where
/// @param ssh how the other machine is reached
/// @param reporter who tells what a run does; of each disk with its name
/// @param stop what a signal asks of it
/// @param standby far ends that wait for runs
/// @param readsBack whether what was written is read back and compared
record DiskRuns(
    Job job, SshOptions ssh, Reporter reporter, Stop stop, Standby standby, boolean readsBack) {

  private static final int RETRIES = 3;
  private static final Wire WIRE = new Wire(OptionalInt.empty(), RETRIES, new Packing.None());

  private static final Treatment REHEARSED = Treatment.USUAL.dry();

  /// Returns some that also read back from the destination's medium what they wrote, and compare
  /// it.
  DiskRuns readingBack() {
    return new DiskRuns(job, ssh, reporter, stop, standby, true);
  }

  /// Names what is read.
  static Sources.Wanted wanted(String name, boolean isWhole, SourceSettings settings) {
    return new Sources.Wanted(List.of(name), isWhole, settings, false);
  }

  /// Starts far ends that wait for what changed. Closing it ends those that no run took.
  Closeable ready(List<JobDisk> disks) throws IOException {
    AtOnce.Deed starting =
        disk -> {
          var to = job.destinationOf(disk);
          if (to.isRemote()) {
            standby.start(far(), to, Treatment.USUAL, WIRE, about(disk));
          }
        };
    try {
      new AtOnce(disks.size()).each(disks, starting);
    } catch (IOException | RuntimeException | Error fault) {
      standby.close();
      throw fault;
    }
    return standby;
  }

  /// Sends all that a source holds, and returns what was sent.
  Sent copied(JobDisk disk, String source) throws IOException {
    return copied(disk, source, Treatment.USUAL);
  }

  /// Makes all checks that come before the first write, and writes nothing.
  ///
  /// @param source what would be copied
  void rehearse(JobDisk disk, String source) throws IOException {
    copied(disk, source, REHEARSED);
  }

  private Sent copied(JobDisk disk, String source, Treatment treatment) throws IOException {
    var wanted = wanted(source, true, SourceSettings.NONE);
    var copy = new CopyRun(wanted, job.destinationOf(disk), treatment, WIRE, far(), readsBack);
    var parties = Run.Parties.of(wanted, job.key(disk), treatment);
    return of(disk, parties, treatment, copy::in);
  }

  /// Makes the checks of a destination for a machine's disk, and writes nothing.
  void rehearse(JobDisk disk, MachineUri uri, MachineDisk exported) throws IOException {
    var to = DestinationName.of(job.destinationOf(disk).path());
    Run.Body<Outcome> checks =
        run -> {
          ExportRun.checkDestination(run, exported, to, REHEARSED);
          return ExportRun.rehearsed(exported.size(), to.toString());
        };
    var parties = Run.Parties.of(uri.text(), job.key(disk), REHEARSED);
    of(disk, parties, REHEARSED, checks);
  }

  /// Writes a machine's disk as it is exported, and returns what was written. The
  /// destination has been rehearsed.
  Sent exported(JobDisk disk, MachineUri uri, Export.Streams exports, MachineDisk exported)
      throws IOException {
    var to = DestinationName.of(job.destinationOf(disk).path());
    Run.Body<Outcome> writing =
        run -> {
          try (var stream = exports.open(exported)) {
            var destination = reporter.streams().destinations().of(to, Treatment.USUAL);
            return ExportRun.written(run, stream, uri, exported, destination);
          }
        };
    var parties = Run.Parties.of(uri.text(), job.key(disk), Treatment.USUAL);
    return of(disk, parties, Treatment.USUAL, writing);
  }

  /// Sends what changed, and returns what was sent.
  Sent changes(JobDisk disk, Sources.Wanted wanted) throws IOException {
    var sync =
        new SyncRun(
            wanted,
            UseRequest.USUAL,
            job.destinationOf(disk),
            Treatment.USUAL,
            WIRE,
            far(),
            readsBack);
    var parties = Run.Parties.of(wanted, job.key(disk), Treatment.USUAL);
    return of(disk, parties, Treatment.USUAL, sync::in);
  }

  /// Compares all that a source holds, sends what differs, and returns what was sent.
  Sent repair(JobDisk disk, String source) throws IOException {
    var bytes = new long[1];
    var spread = new Spread();
    checkFinal(disk, compared(disk, source, true, extent -> bytes[0] += extent.length(), spread));
    if (readsBack && !isSame(disk, source)) {
      throw new IncompleteException(
          job.key(disk) + ": what was repaired differs; is its medium failing?");
    }
    return new Sent(bytes[0], spread.text());
  }

  /// Compares all that a source holds, and returns whether nothing differs.
  boolean isSame(JobDisk disk, String source) throws IOException {
    return compared(disk, source, false, extent -> {}, frame -> {}) == ExitCode.DONE;
  }

  private ExitCode compared(
      JobDisk disk, String source, boolean repairs, ExtentSink told, FrameSink sent)
      throws IOException {
    var wanted = wanted(source, true, SourceSettings.NONE);
    var verify =
        new VerifyRun(
            wanted, job.destinationOf(disk), WIRE, far(), repairs, repairs, Set.of(), told);
    var parties = Run.Parties.of(wanted, job.key(disk), Treatment.USUAL);
    Run.Body<ExitCode> body = run -> verify.in(run.showing(sent));
    return Run.of(about(disk), stop.part(), job.limit(), parties, body, found -> found);
  }

  private Sent of(JobDisk disk, Run.Parties parties, Treatment treatment, Run.Body<Outcome> body)
      throws IOException {
    var spread = new Spread();
    Run.Body<Outcome> shown = run -> body.run(run.showing(spread));
    var outcome = Run.of(about(disk), stop.part(), job.limit(), parties, shown, Outcome::code);
    if (!treatment.dryRun()) {
      checkFinal(disk, outcome.code());
    }
    return new Sent(outcome.bytes(), spread.text());
  }

  /// A snapshot stays as it is, unless somebody writes to it.
  private void checkFinal(JobDisk disk, ExitCode code) throws IOException {
    if (code != ExitCode.DONE) {
      throw new IncompleteException(
          job.key(disk)
              + ": the snapshot was written to meanwhile; find out by what, and run again");
    }
  }

  private Reporter about(JobDisk disk) {
    return reporter.about(disk.from());
  }

  private Far far() {
    return new Far(ssh, FarCommand.USUAL, standby);
  }
}
