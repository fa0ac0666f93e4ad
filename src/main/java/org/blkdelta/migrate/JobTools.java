package org.blkdelta.migrate;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.InputCommands;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.run.Standby;
import org.blkdelta.run.Stop;

/// What the commands of a job work with, as its file says.
///
/// @param ssh how other machines are reached
/// @param reporter who tells what is done
/// @param stop what a signal asks of it
record JobTools(Job job, SshOptions ssh, Reporter reporter, Stop stop) {

  private static final Duration HOOKS = Duration.ofMinutes(10);

  /// Returns what runs programs at a host.
  ///
  /// @param host `[USER@]HOST` or a URI; empty for this one
  static Commands at(Optional<String> host, SshOptions ssh, Reporter reporter)
      throws UsageException {
    if (host.isEmpty()) {
      return new HostCommands();
    }
    var there = JobFile.host(host.get());
    if (there.isEmpty()) {
      throw new UsageException(host.get() + ": write [USER@]HOST or ssh://[USER@]HOST:PORT");
    }
    return new FarCommands(there.get(), ssh, reporter.streams().questions(host.get()));
  }

  /// Returns what looks at both ends.
  Plan.Result plan(JobState state) throws IOException {
    if (job.machine().isPresent()) {
      var uri = job.machine().get();
      var snapshot = MachineSource.snapshotOf(job, state.id());
      return new MachinePlan(job, uri, snapshot, copies(), runs()).look();
    }
    return new Plan(job, volumes(state), copies(), sender()::rehearse, definition(), state).look();
  }

  /// Returns what the disks are read from, and sent by.
  JobSource source(Journal journal) {
    if (job.machine().isPresent()) {
      return new MachineSource(
          job,
          job.machine().get(),
          MachineSource.snapshotOf(job, new JobState(journal.lines()).id()),
          copies(),
          runs(),
          journal,
          reporter,
          System::nanoTime);
    }
    var volumes = volumes(new JobState(journal.lines()));
    var sender = sender();
    var rounds = new Rounds(job, volumes, copies(), sender, journal, reporter, System::nanoTime);
    return new LvmSource(job, rounds, volumes, sender, journal);
  }

  /// Returns what moves the machine.
  Cutover cutover(Journal journal) {
    var questions = reporter.streams().questions(job.source().map(Object::toString).orElse("here"));
    return new Cutover(
        job,
        source(journal),
        new GuardianPrograms(job.name(), job.source(), ssh, questions),
        patientThere(),
        journal,
        reporter,
        JobTools::pause,
        System::nanoTime);
  }

  /// Returns what tries the machine at the destination.
  Trial trial(Journal journal) {
    var volumes = volumes(new JobState(journal.lines()));
    return new Trial(
        job, patientThere(), new Comparison(job, volumes, sender(), journal), reporter);
  }

  /// Returns the volumes that the copies are on.
  Copies copies() {
    return new Copies(job, at(job.destination()));
  }

  /// Returns what carries the machine's definition over, if the job wants that.
  Optional<Definition> definition() {
    return job.move()
        .there()
        .defined()
        .map(name -> new Definition(job, name, at(job.source()), at(job.destination())));
  }

  private InputCommands at(Optional<Host> host) {
    return host.<InputCommands>map(this::far).orElseGet(HostCommands::new);
  }

  private InputCommands far(Host host) {
    return new FarCommands(host, ssh, reporter.streams().questions(host.toString()));
  }

  /// Returns what runs programs at the destination that may take minutes.
  private Commands patientThere() {
    return job.destination().<Commands>map(this::far).orElseGet(() -> new HostCommands(HOOKS));
  }

  private Volumes volumes(JobState state) {
    return new Volumes(job, state.id(), at(job.source()));
  }

  private EngineSender sender() {
    return new EngineSender(runs());
  }

  private DiskRuns runs() {
    var how = reporter.how();
    var told = new Reporting(how.quiet(), how.verbose(), false, how.progress(), Optional.empty());
    return new DiskRuns(
        job, ssh, new Reporter(reporter.streams(), told), stop, new Standby(), false);
  }

  private static void pause(long seconds) throws IOException {
    try {
      Thread.sleep(Duration.ofSeconds(seconds));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }
}
