package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.failure.UsageException;
import org.blkdelta.migrate.Migration;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import org.blkdelta.usage.Usage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta migrate`.
@Usage(
    common = {"-i", "-p", "--json", "-v"},
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON
    })
@Command(
    name = "migrate",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Keep copies of several volumes up to date, round by round",
    description = {
      "Keeps copies of LVM volumes up to date on another machine, as a job file says. A round takes"
          + " snapshots of all disks, sends what changed since the round before, and removes the"
          + " snapshots before. Run by a timer, that is replication; before a move, the rest gets"
          + " smaller with each round.",
      "",
      "plan makes all checks at both ends, tells all that it finds at once, and writes nothing. round"
          + " does one round; the first one copies the volumes. status tells how far the job is. finish"
          + " removes the job's snapshots, and leaves those of anybody else.",
      "",
      "A round that was interrupted goes on when it is run again. Snapshots have the tag"
          + " blkdelta.job=NAME; what was done is written down in /var/lib/blkdelta/jobs/NAME.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta migrate plan web.toml",
      "  blkdelta migrate round web.toml",
      "  blkdelta migrate status --json web.toml",
      "  blkdelta migrate finish web.toml",
    })
final class MigrateCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "ACTION",
      completionCandidates = Actions.class,
      description = "plan, round, status or finish.")
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
        "Write to FILE, after a round, what a monitor wants to know.",
        "It is in the text format of Prometheus, for the textfile collector of its node exporter: FILE is in the collector's folder, and ends with .prom. It is replaced in one step, and everybody may read it."
      })
  @Nullable Path metrics;

  @Mixin SshSettings ssh;

  private final Streams streams;
  private final Stop stop;

  MigrateCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  /// What a shell offers.
  static final class Actions extends ArrayList<String> {

    private static final long serialVersionUID = 1;

    Actions() {
      super(List.of("plan", "round", "status", "finish"));
    }
  }

  @Override
  public Integer call() throws IOException {
    if (metrics != null && !action.equals("round")) {
      throw new UsageException("--metrics: only a round writes them; leave it out");
    }
    var how = new Reporting(quiet, verbose, json, "auto", Optional.empty());
    var job = Migration.of(file, ssh.options(verbose), new Reporter(streams, how), stop);
    return of(job).number();
  }

  private ExitCode of(Migration job) throws IOException {
    return switch (action) {
      case "plan" -> job.plan();
      case "round" -> job.round(Optional.ofNullable(metrics));
      case "status" -> job.status();
      case "finish" -> job.finish();
      default -> throw new UsageException(action + ": use plan, round, status or finish");
    };
  }
}
