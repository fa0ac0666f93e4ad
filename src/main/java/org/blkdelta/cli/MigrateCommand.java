package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.blkdelta.failure.UsageException;
import org.blkdelta.migrate.Migration;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import org.blkdelta.usage.Suggestion;
import org.blkdelta.usage.Usage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta migrate`.
@Usage(
    common = {"--vm", "--to", "-i", "-p", "--json", "-v"},
    exits = {
      ExitCode.DONE,
      ExitCode.DIFFERENT,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON,
      ExitCode.WAITING,
      ExitCode.ROLLED_BACK,
      ExitCode.STRANDED
    })
@Command(
    name = "migrate",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Move a virtual machine, or keep copies of its volumes current",
    description = {
      "Keeps copies of LVM volumes up to date on another machine, as a job file says. A round takes"
          + " snapshots of all disks, sends what changed since the round before, and removes the"
          + " snapshots before. Run by a timer, that is replication. A move is rounds until the rest"
          + " is small, and then a cutover: the machine is stopped, the rest is sent, and it is"
          + " started at the destination.",
      "",
      "new writes a job file for a machine of libvirt or Proxmox; look at it before it is used."
          + " plan makes all checks at both ends, tells all that it finds at once, and writes nothing. round"
          + " does one round; the first one copies the volumes. verify compares all of the copies with"
          + " the snapshots that they hold. status tells how far the job is. finish removes the job's"
          + " snapshots, and leaves those of anybody else.",
      "",
      "run does rounds until the rest can be sent within max_downtime, and cuts over if the job"
          + " says so. cutover does so whatever is left to send. While the machine is off, a guardian"
          + " at the source waits: if anything fails before the hand-over, if nothing is heard for"
          + " 60 s, or if the deadline passes, it starts the machine there again, and the exit code"
          + " is 11. It never does so after the hand-over. rollback takes a machine back that was"
          + " handed over, and is off at the destination.",
      "",
      "A round or cutover that was interrupted goes on when it is run again. Snapshots have the tag"
          + " blkdelta.job=NAME; what was done is written down in /var/lib/blkdelta/jobs/NAME.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta migrate new db.toml --vm libvirt:db --to root@new",
      "  blkdelta migrate plan web.toml",
      "  blkdelta migrate round web.toml",
      "  blkdelta migrate verify web.toml",
      "  blkdelta migrate run web.toml",
      "  blkdelta migrate cutover web.toml",
      "  blkdelta migrate status --json web.toml",
      "  blkdelta migrate finish web.toml",
    })
final class MigrateCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "ACTION",
      completionCandidates = Actions.class,
      description = "new, plan, round, verify, run, cutover, rollback, status or finish.")
  String action;

  @Parameters(
      index = "1",
      paramLabel = "JOB",
      description = "The job file, in TOML; see /usr/share/doc/blkdelta/docs/migrate.md.")
  Path file;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only warnings and failures.")
  boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      description = "Tell more of what is done.")
  boolean verbose;

  @Option(
      names = "--json",
      description = {
        "Print the result as a JSON object to standard output.",
        "Its keys are described in /usr/share/doc/blkdelta/docs/migrate.md."
      })
  boolean json;

  @Option(
      names = "--metrics",
      paramLabel = "FILE",
      description = {
        "Write metrics for Prometheus to FILE after each round.",
        "It is in the text format, for the textfile collector of its node exporter: FILE is in the collector's folder, and ends with .prom. It is replaced in one step, and everybody may read it."
      })
  @Nullable Path metrics;

  @Option(
      names = "--events",
      paramLabel = "WHERE",
      description = {
        "Append an event for each step to a file, or to fd:N, as JSON.",
        "One JSON object a line, as it happens; see /usr/share/doc/blkdelta/docs/events.schema.json. fd:N is a descriptor that the shell has opened. The job goes on if an event can't be written."
      })
  @Nullable String events;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = {
        "Write an HTML report of the job to FILE at the end.",
        "It is one file without scripts: what each round sent, how fast, how full the snapshots were, and how long the machine was said to be off. An earlier report is replaced, nothing else is."
      })
  @Nullable Path report;

  @Option(
      names = "--vm",
      paramLabel = "VM",
      description = "With new: the machine, as libvirt:NAME or proxmox:ID.")
  @Nullable String vm;

  @Option(
      names = "--from",
      paramLabel = "HOST",
      description = "With new: the host that has the machine; default: this one.")
  @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "HOST",
      description = "With new: the host that it goes to; default: this one.")
  @Nullable String to;

  @Mixin SshSettings ssh;

  private final Streams streams;
  private final Stop stop;

  MigrateCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  /// What can be done.
  private enum Action {
    NEW,
    PLAN,
    ROUND,
    VERIFY,
    RUN,
    CUTOVER,
    ROLLBACK,
    STATUS,
    FINISH;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// What a shell offers.
  static final class Actions implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
      return Stream.of(Action.values()).map(Action::word).iterator();
    }
  }

  @Override
  public Integer call() throws IOException {
    var asked = asked();
    if (metrics != null && asked != Action.ROUND) {
      throw new UsageException("--metrics: only a round writes them; leave it out");
    }
    var how = new Reporting(quiet, verbose, json, "auto", Optional.empty());
    var reporter = new Reporter(streams, how);
    if (report != null && (asked == Action.NEW || asked == Action.PLAN)) {
      throw new UsageException("--report: " + action + " does nothing to report; leave it out");
    }
    if (asked == Action.NEW) {
      return created(reporter).number();
    }
    if (vm != null || from != null || to != null) {
      throw new UsageException("--vm, --from and --to: only new has them; leave them out");
    }
    var told = Optional.ofNullable(events);
    var job = Migration.of(file, ssh.options(verbose), reporter, stop, told);
    if (report == null) {
      return of(job, asked).number();
    }
    Migration.checkReport(report);
    try {
      return of(job, asked).number();
    } finally {
      job.report(report);
    }
  }

  private ExitCode created(Reporter reporter) throws IOException {
    if (vm == null) {
      throw new UsageException(
          "migrate new: name the machine: --vm=libvirt:NAME or --vm=proxmox:ID");
    }
    if ((from == null) == (to == null)) {
      throw new UsageException("migrate new: name the other host by --to, or by --from");
    }
    if (json || events != null) {
      throw new UsageException("migrate new: has neither --json nor --events; leave them out");
    }
    var source = Optional.ofNullable(from);
    var destination = Optional.ofNullable(to);
    return Migration.create(file, vm, source, destination, ssh.options(verbose), reporter);
  }

  private Action asked() throws UsageException {
    return Stream.of(Action.values())
        .filter(known -> known.word().equals(action))
        .findFirst()
        .orElseThrow(() -> unknown(action));
  }

  private static UsageException unknown(String action) {
    var known = Stream.of(Action.values()).map(Action::word).toList();
    var meant = Suggestion.nearest(action, known).map(word -> "; did you mean " + word + "?");
    return new UsageException(
        "migrate: %s: unknown action%s (%s)"
            .formatted(action, meant.orElse(""), String.join(", ", known)));
  }

  private ExitCode of(Migration job, Action asked) throws IOException {
    return switch (asked) {
      case NEW -> throw new IllegalStateException("it has no job");
      case PLAN -> job.plan();
      case ROUND -> job.round(Optional.ofNullable(metrics));
      case VERIFY -> job.verify();
      case RUN -> job.run();
      case CUTOVER -> job.cutover();
      case ROLLBACK -> job.rollback();
      case STATUS -> job.status();
      case FINISH -> job.finish();
    };
  }
}
