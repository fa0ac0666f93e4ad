package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.migrate.JobState.Machine;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;
import org.blkdelta.run.Stop;

/// A job, and what can be done with it.
public final class Migration {

  private static final String UNENDED =
      "is between both sides; end that first: blkdelta migrate cutover, or rollback";

  private final Job job;
  private final JobTools tools;
  private final Reporter reporter;
  private final Clock clock;
  private final Optional<String> events;

  private Migration(JobTools tools, Clock clock, Optional<String> events) {
    this.job = tools.job();
    this.tools = tools;
    this.reporter = tools.reporter();
    this.clock = clock;
    this.events = events;
  }

  /// Reads a job file.
  ///
  /// @param ssh how the other machine is reached
  /// @param reporter who tells what is done
  /// @param stop what a signal asks of it
  /// @param events where programs are told what is done: a file, or `fd:N`
  /// @throws UsageException if it asks for something that cannot be done, with line and column
  public static Migration of(
      Path file, SshOptions ssh, Reporter reporter, Stop stop, Optional<String> events)
      throws UsageException {
    var tools = new JobTools(JobFile.read(file), ssh, reporter, stop);
    return new Migration(tools, Clock.systemUTC(), events);
  }

  /// Writes a job file for a machine. An existing file is never overwritten.
  ///
  /// @param vm the machine: `libvirt:NAME` or `proxmox:ID`
  /// @param from the host that it is on; empty for this one
  /// @param to the host that it goes to; empty for this one
  public static ExitCode create(
      Path file,
      String vm,
      Optional<String> from,
      Optional<String> to,
      SshOptions ssh,
      Reporter reporter)
      throws IOException {
    NewJob.checkNew(file);
    var there = JobTools.at(from, ssh, reporter);
    var made = new NewJob(vm, from, to, there, JobTools.at(to, ssh, reporter)).write();
    JobFile.parse(file.toString(), made.text());
    DurableFile.create(file, made.text().getBytes(UTF_8));
    made.warnings().forEach(reporter::warn);
    reporter.finished(
        "%s: written; look at it, and then: blkdelta migrate plan %s".formatted(file, file));
    return ExitCode.DONE;
  }

  /// Looks at both ends, tells all that speaks against a round, and writes nothing.
  public ExitCode plan() throws IOException {
    var plan = tools.plan(new JobState(Journal.read(folder())));
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
      var code = journaled(this::round);
      metrics.ifPresent(file -> measure(file, code));
      return code;
    } catch (SyncException failed) {
      metrics.ifPresent(file -> measure(file, ExitCode.of(failed)));
      throw failed;
    }
  }

  /// Does rounds until the rest is small enough, and then moves the machine if the job says so.
  public ExitCode run() throws IOException {
    return notifying(this::run);
  }

  /// Moves the machine, whatever is left to send; goes on with a move that was interrupted.
  public ExitCode cutover() throws IOException {
    return notifying(this::cutover);
  }

  /// Takes a machine back that was moved.
  public ExitCode rollback() throws IOException {
    return notifying(
        journal -> {
          checkHooks();
          var code = tools.cutover(journal).back();
          tellKept();
          return code;
        });
  }

  /// What the job made at the destination, and leaves there.
  private void tellKept() {
    var copies = tools.copies();
    for (var copy : copies.kept()) {
      reporter.news("job %s: %s: %s is left".formatted(job.name(), copies.where(), copy));
    }
  }

  /// What is done with a job's journal.
  private interface Deed {
    ExitCode by(Journal journal) throws IOException;
  }

  private ExitCode journaled(Deed deed) throws IOException {
    try (var told = Events.open(events, job.name());
        var journal = Journal.open(folder(), job.name(), clock, told::accept)) {
      try {
        var code = deed.by(journal);
        told.ended(code, clock.instant());
        return code;
      } catch (SyncException failed) {
        told.ended(ExitCode.of(failed), clock.instant());
        throw failed;
      } finally {
        if (told.isLost()) {
          reporter.warn("--events: not all events could be written; is the disk full?");
        }
      }
    }
  }

  private ExitCode run(Journal journal) throws IOException {
    checkHooks();
    var move = job.move();
    var readiness = new Readiness(move, clock.withZone(ZoneId.systemDefault()));
    boolean isTried = move.there().rehearse().isEmpty();
    var definition = tools.definition();
    if (definition.isPresent() && machine(journal) == Machine.SOURCE) {
      definition.get().check(reporter); // not after hours of rounds
    }
    for (int done = 0; machine(journal) == Machine.SOURCE; ) {
      round(journal);
      done++;
      var state = new JobState(journal.lines());
      if (!isTried && readiness.isSmall(state.completed(), state.seen())) {
        define(journal);
        var tried = tools.trial(journal).run();
        if (tried != ExitCode.DONE) {
          return tried;
        }
        isTried = true;
        continue; // the machine has written meanwhile
      }
      var waiting =
          job.machine().isPresent()
              ? readiness.when("what was written since the snapshot is not sent yet")
              : readiness.of(state.completed(), state.seen(), done);
      if (waiting.isEmpty()) {
        break;
      }
      if (waiting.get().isEnd()) {
        reporter.say("job %s: %s".formatted(job.name(), waiting.get().words()));
        return ExitCode.WAITING;
      }
      reporter.news("job %s: %s".formatted(job.name(), waiting.get().words()));
    }
    return cutover(journal);
  }

  private ExitCode cutover(Journal journal) throws IOException {
    checkHooks();
    if (machine(journal) == Machine.SOURCE) {
      checkCopied(new JobState(journal.lines()));
      define(journal);
      if (!new HooksHere(job, reporter).agreeToCutover()) {
        return ExitCode.WAITING;
      }
    }
    return tools.cutover(journal).run();
  }

  private void define(Journal journal) throws IOException {
    var definition = tools.definition();
    if (definition.isPresent()) {
      definition.get().make(journal, reporter);
    }
  }

  /// Nobody wants a machine to be off for a first copy; a round of one that is off costs nothing.
  private void checkCopied(JobState state) throws IOException {
    for (var disk : job.disks()) {
      if (state.isFinished() || state.held(job.key(disk)).isEmpty()) {
        throw new RefusedException(
            "job %s: no round has sent %s, so the machine would be off while all of it is; nothing was stopped; do a round first: blkdelta migrate round"
                .formatted(job.name(), job.key(disk)));
      }
    }
  }

  private Machine machine(Journal journal) throws IOException {
    return tools.cutover(journal).settled();
  }

  private void checkHooks() throws UsageException {
    var missing = job.move().missing();
    if (!missing.isEmpty()) {
      throw Move.incomplete(job.name(), missing);
    }
  }

  /// Does it, and tells the user's own program how it ended. What that does changes nothing.
  private ExitCode notifying(Deed deed) throws IOException {
    var hooks = new HooksHere(job, reporter);
    try {
      var code = journaled(deed);
      hooks.notify(code.name().toLowerCase(Locale.ROOT));
      return code;
    } catch (IOException failed) {
      hooks.notify("failed");
      throw failed;
    }
  }

  /// Checks that a report can be written to a file.
  ///
  /// @throws RefusedException if it is something else
  public static void checkReport(Path file) throws IOException {
    JobReport.checkFile(file);
  }

  /// Writes what the job has done as a page of HTML. If it cannot be written, that is warned of.
  public void report(Path file) {
    try {
      var state = new JobState(Journal.read(folder()));
      var page = JobReport.of(job, state, clock.instant());
      DurableFile.replace(file, page.getBytes(UTF_8));
    } catch (IOException fault) {
      reporter.warn(
          "the report cannot be written: %s; name a file in a folder that can be written"
              .formatted(SyncException.describe(fault)));
    }
  }

  private void measure(Path file, ExitCode code) {
    try {
      var state = new JobState(Journal.read(folder()));
      Metrics.write(Metrics.of(job.name(), state, code, downtime(state), clock.instant()), file);
    } catch (IOException fault) {
      reporter.warn(
          "the metrics cannot be written: %s; name a file in a folder that can be written"
              .formatted(SyncException.describe(fault)));
    }
  }

  private void checkAtSource(Journal journal) throws IOException {
    var machine = machine(journal);
    if (machine != Machine.SOURCE) {
      throw new RefusedException(
          "job %s: its machine %s"
              .formatted(
                  job.name(),
                  machine == Machine.DESTINATION
                      ? "was moved, and uses the copies; end the job: blkdelta migrate finish"
                      : UNENDED));
    }
  }

  private ExitCode round(Journal journal) throws IOException {
    checkAtSource(journal);
    var round = tools.source(journal).round();
    var state = new JobState(journal.lines());
    var forecast = Forecast.of(state.completed(), clock.instant());
    var downtime = downtime(state);
    var facts = RoundFacts.of(job, round, forecast, downtime);
    reporter.print(facts, facts.words(Status.sent(state.completed())));
    return ExitCode.DONE;
  }

  /// Returns how long the machine would be off, if it can be moved and that is known.
  private Optional<Downtime> downtime(JobState state) {
    var move = job.move();
    return move.missing().isEmpty()
        ? Downtime.of(state.completed(), state.seen(), move.verify(), clock.instant())
        : Optional.empty();
  }

  /// Tells how far the job is.
  public ExitCode status() throws IOException {
    var state = new JobState(Journal.read(folder()));
    var status = Status.of(job.name(), state, clock.instant(), Journal.isOpen(folder()));
    reporter.print(status, String.join("; ", status.text()));
    return ExitCode.DONE;
  }

  /// Compares all of the copies with the snapshots that they hold, and writes nothing to them.
  public ExitCode verify() throws IOException {
    return journaled(this::verify);
  }

  private ExitCode verify(Journal journal) throws IOException {
    checkAtSource(journal);
    var compared = tools.source(journal).compare();
    var different = compared.stream().filter(disk -> !disk.same()).toList();
    for (var disk : different) {
      reporter.say(
          "job %s: %s: differs from %s; the next round repairs it: blkdelta migrate round"
              .formatted(job.name(), disk.disk(), disk.snapshot()));
    }
    reporter.print(
        new VerifyFacts(job.name(), compared),
        "job %s: %s compared; %s"
            .formatted(
                job.name(),
                Sizes.count(compared.size(), "disk"),
                different.isEmpty() ? "no copy differs" : different.size() + " differ"));
    return different.isEmpty() ? ExitCode.DONE : ExitCode.DIFFERENT;
  }

  private record VerifyFacts(String job, List<Comparison.Compared> disks) {}

  /// Removes the job's snapshots.
  public ExitCode finish() throws IOException {
    return journaled(this::finish);
  }

  private ExitCode finish(Journal journal) throws IOException {
    var machine = machine(journal);
    if (machine != Machine.SOURCE && machine != Machine.DESTINATION) {
      throw new RefusedException("job %s: its machine %s".formatted(job.name(), UNENDED));
    }
    var result = tools.source(journal).finish();
    if (machine == Machine.SOURCE) {
      tellKept();
    }
    for (var other : result.left()) {
      reporter.warn("%s: is not this job's snapshot, and is left".formatted(other));
    }
    reporter.print(
        new FinishFacts(job.name(), result.removed(), result.left()),
        "job %s: finished; %s removed"
            .formatted(job.name(), Sizes.count(result.removed().size(), "snapshot")));
    return ExitCode.DONE;
  }

  private record FinishFacts(String job, List<String> removed, List<String> left) {}

  private Path folder() {
    return reporter.streams().memory().folder().resolve("jobs").resolve(job.name());
  }
}
