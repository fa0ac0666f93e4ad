package org.blkdelta.migrate;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.LvmName;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.run.Stop;
import org.jspecify.annotations.Nullable;

/// A job, and what can be done with it.
public final class Migration {

  private final Job job;
  private final SshOptions ssh;
  private final Reporter reporter;
  private final Stop stop;
  private final Clock clock;

  private Migration(Job job, SshOptions ssh, Reporter reporter, Stop stop, Clock clock) {
    this.job = job;
    this.ssh = ssh;
    this.reporter = reporter;
    this.stop = stop;
    this.clock = clock;
  }

  /// Reads a job file.
  ///
  /// @param ssh how the other machine is reached
  /// @param reporter who tells what is done
  /// @param stop what a signal asks of it
  /// @throws UsageException if it asks for something that cannot be done, with line and column
  public static Migration of(Path file, SshOptions ssh, Reporter reporter, Stop stop)
      throws UsageException {
    return new Migration(JobFile.read(file), ssh, reporter, stop, Clock.systemUTC());
  }

  private Volumes volumes(JobState state) {
    return new Volumes(
        job, state.id(), job.source().<Commands>map(this::far).orElseGet(HostCommands::new));
  }

  private Commands far(Host host) {
    return new FarCommands(host, ssh, reporter.streams().questions(host.toString()));
  }

  /// Looks at both ends, tells all that speaks against a round, and writes nothing.
  public ExitCode plan() throws IOException {
    var state = new JobState(Journal.read(folder()));
    var plan = new Plan(job, volumes(state), sender()::rehearse, state).look();
    plan.findings().forEach(reporter::say);
    plan.steps().forEach(step -> reporter.news("would do: " + step));
    reporter.print(
        new PlanFacts(job.name(), plan.steps(), plan.findings()),
        plan.findings().isEmpty()
            ? "job %s: all checks passed; nothing was written".formatted(job.name())
            : "job %s: %s to fix first; nothing was written"
                .formatted(job.name(), Sizes.count(plan.findings().size(), "fault")));
    return plan.code();
  }

  private record PlanFacts(String job, List<String> steps, List<String> findings) {}

  /// Does a round.
  ///
  /// @param metrics where a monitor reads how it ended; what cannot be written is warned of
  public ExitCode round(Optional<Path> metrics) throws IOException {
    try {
      var code = round();
      metrics.ifPresent(file -> measure(file, code));
      return code;
    } catch (SyncException failed) {
      metrics.ifPresent(file -> measure(file, ExitCode.of(failed)));
      throw failed;
    }
  }

  private void measure(Path file, ExitCode code) {
    try {
      var state = new JobState(Journal.read(folder()));
      Metrics.write(Metrics.of(job.name(), state, code, clock.instant()), file);
    } catch (IOException fault) {
      reporter.warn(
          "the metrics cannot be written: %s; name a file in a folder that can be written"
              .formatted(SyncException.describe(fault)));
    }
  }

  private ExitCode round() throws IOException {
    try (var journal = Journal.open(folder(), job.name(), clock)) {
      var volumes = volumes(new JobState(journal.lines()));
      var rounds = new Rounds(job, volumes, sender(), journal, reporter, System::nanoTime);
      var round = rounds.run();
      var forecast = Forecast.of(new JobState(journal.lines()).completed(), clock.instant());
      reporter.print(
          new RoundFacts(
              job.name(),
              round.number(),
              round.takenAt().toString(),
              round.bytes(),
              round.seconds(),
              forecast.orElse(null)),
          "job %s: round %d: %s sent in %s; durable%s"
              .formatted(
                  job.name(),
                  round.number(),
                  Sizes.binary(round.bytes()),
                  Sizes.duration(Math.round(round.seconds())),
                  forecast.map(f -> "; " + f.text()).orElse("")));
      return ExitCode.DONE;
    }
  }

  private record RoundFacts(
      String job,
      long round,
      String snapshots,
      long bytes,
      double seconds,
      @Nullable Forecast forecast) {}

  /// Tells how far the job is.
  public ExitCode status() throws IOException {
    var state = new JobState(Journal.read(folder()));
    var status = Status.of(job.name(), state, clock.instant());
    reporter.print(status, String.join("; ", status.text()));
    return ExitCode.DONE;
  }

  /// Removes the job's snapshots.
  public ExitCode finish() throws IOException {
    try (var journal = Journal.open(folder(), job.name(), clock)) {
      var volumes = volumes(new JobState(journal.lines()));
      var result = new Finish(job, volumes, journal).run();
      for (var other : result.left()) {
        reporter.warn("%s: is not this job's snapshot, and is left".formatted(other));
      }
      reporter.print(
          new FinishFacts(job.name(), names(result.removed()), names(result.left())),
          "job %s: finished; %s removed"
              .formatted(job.name(), Sizes.count(result.removed().size(), "snapshot")));
      return ExitCode.DONE;
    }
  }

  private record FinishFacts(String job, List<String> removed, List<String> left) {}

  private static List<String> names(List<LvmName> volumes) {
    return volumes.stream().map(LvmName::toString).toList();
  }

  private EngineSender sender() {
    var how = reporter.how();
    var told = new Reporting(how.quiet(), how.verbose(), false, how.progress(), Optional.empty());
    return new EngineSender(job, ssh, new Reporter(reporter.streams(), told), stop);
  }

  private Path folder() {
    return reporter.streams().memory().folder().resolve("jobs").resolve(job.name());
  }
}
