package org.blkdelta.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.blkdelta.failure.UsageException;
import org.blkdelta.guardian.GuardianRun;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.usage.Usage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta guardian`, which `blkdelta migrate` starts at the source.
@Usage(exits = {ExitCode.DONE, ExitCode.SOURCE, ExitCode.REFUSED})
@Command(
    name = "guardian",
    hidden = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Stop a job's machine at the source, and start it again if it is not handed over")
final class GuardianCommand implements Callable<Integer> {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  @Parameters(index = "0", paramLabel = "JOB", description = "The job's name.")
  String job;

  @Option(names = "--id", required = true, paramLabel = "ID", description = "Names the cutover.")
  String id;

  @Option(
      names = "--settle",
      description =
          "Wait for the cutover's guardian, see to it that the source is on if it did"
              + " not hand over, and print what came of it.")
  boolean settles;

  private final Streams streams;

  GuardianCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    if (!NAME.matcher(job).matches()) {
      throw new UsageException(job + ": is not the name of a job");
    }
    var folder = streams.memory().folder().resolve("jobs").resolve(job);
    var run = new GuardianRun(folder, id, streams.in(), streams.out(), streams::say);
    if (settles) {
      run.settle();
    } else {
      run.guard();
    }
    return ExitCode.DONE.number();
  }
}
