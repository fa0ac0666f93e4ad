package org.blkdelta.compat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.blkdelta.destination.Treatment;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Limit;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.Transfer;
import org.blkdelta.run.Wire;
import org.blkdelta.usage.Usage;
import org.blkdelta.vmdk.FileAccess;
import org.blkdelta.vmdk.SnapshotChain;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `blkdelta vmdksync`.
@Usage(
    common = {"-v", "-q"},
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON
    })
@Command(
    name = "vmdksync",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Do what vmdksync does: write one VMware delta in place",
    description = {
      "Takes vmdksync's command line: writes one delta of a VMware disk, as it is, onto a device or"
          + " file that holds the state of the delta's parent. The delta can be of any format; its"
          + " descriptor may be named as well, or be lost. A delta from a pipe (/dev/stdin) is kept in"
          + " a file in $TMPDIR or /var/tmp while it is read.",
      "",
      "Unlike vmdksync it writes in place into files too, knows all grain sizes, does not lose the"
          + " end of the disk, and makes all the checks of blkdelta sync first. For a chain of"
          + " snapshots use that: it follows the parents and sends each block once.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta vmdksync vm-000001-delta.vmdk /dev/vg0/vm",
    })
public final class VmdksyncCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "DELTA", description = "The delta's file, or descriptor.")
  Path delta;

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description = "Where to write: a device or file of this host.")
  String destination;

  @Mixin final Function<Streams, Reporter> report;

  private final Streams streams;
  private final Stop stop;

  /// Creates one.
  ///
  /// @param report the options that say what a run tells, and how
  public VmdksyncCommand(Streams streams, Stop stop, Function<Streams, Reporter> report) {
    this.streams = streams;
    this.stop = stop;
    this.report = report;
  }

  @Override
  public Integer call() throws IOException {
    var reporter = report.apply(streams);
    var treatment = Treatment.ASSUMING;
    var outcome =
        Run.of(
            reporter,
            stop,
            Limit.NONE,
            Run.Parties.of(delta.toString(), destination, treatment),
            run -> write(new Transfer(run, treatment, Wire.USUAL), reporter),
            Outcome::code);
    outcome.print(reporter);
    return outcome.code().number();
  }

  private Outcome write(Transfer transfer, Reporter reporter) throws IOException {
    try (var piped = PipedDelta.of(delta, PipedDelta.usualFolder(), reporter::news);
        var changes = SnapshotChain.ofFiles(List.of(piped.file()), access(piped))) {
      reporter.warnOfWhole(changes);
      return transfer.write(changes, Path.of(destination));
    }
  }

  private FileAccess access(PipedDelta piped) {
    return new FileAccess(piped::open, false, Set.of(), streams::warn);
  }
}
