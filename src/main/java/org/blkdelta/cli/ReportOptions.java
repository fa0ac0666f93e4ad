package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What a run tells, and how.
@Command(optionListHeading = "Output:")
final class ReportOptions implements Function<Streams, Reporter> {

  /// What a shell offers for the kind of progress.
  static final class Kinds implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
      return List.of("auto", "none", "json").iterator();
    }
  }

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only warnings and failures.")
  boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      description = "Tell more, the digest included.")
  boolean verbose;

  @Option(
      names = "--progress",
      paramLabel = "KIND",
      defaultValue = "auto",
      completionCandidates = Kinds.class,
      description = {
        "auto, none, json, or json:FD for JSON to that file descriptor. Default: ${DEFAULT-VALUE}.",
        "auto: a line that is drawn over on a terminal, a line a minute in a log; none: nothing, unless SIGUSR1 or SIGQUIT asks for a line; json or json:FD: a JSON object a line, to standard error or to a file descriptor that the shell has opened, as in --progress=json:3 3>FILE. If the source is a classic snapshot of this machine, it is also told how full its store is, and when it will be at the rate of the last minute (in JSON: fuel, 0 to 1, and secondsToFull)."
      })
  String progress = "auto";

  @Option(
      names = "--json",
      description = {
        "Print the result as a JSON object to standard output.",
        "A run that sends tells extents, bytes, zeroBytes, wireBytes, seconds, digest, dryRun, sourceMovedOn,"
            + " volumeSize, destination and verified."
      })
  boolean json;

  @Option(
      names = "--receipt",
      paramLabel = "FILE",
      description = {
        "Write down as JSON, in FILE or to - (standard output), what the run did.",
        "It is written at the end, also if the run failed: from what, to what, how much, digests, times, whether it was verified; see /usr/share/doc/blkdelta/docs/receipt.md. FILE is of this machine and for its owner only, and replaces nothing but a regular file."
      })
  @Nullable Path receipt;

  /// Returns who tells it, for a command of another room.
  @Override
  public Reporter apply(Streams streams) {
    return reporter(streams);
  }

  /// Returns who tells it.
  Reporter reporter(Streams streams) {
    var how = new Reporting(quiet, verbose, json, progress, Optional.ofNullable(receipt));
    return new Reporter(streams, how);
  }
}
