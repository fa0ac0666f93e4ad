package org.blkdelta.cli;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.UsageException;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Json;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Far;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.VerifyRun;
import org.blkdelta.source.Formats;
import org.blkdelta.source.Sources;
import org.blkdelta.usage.Usage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta verify`.
@Usage(
    common = {"--repair", "--extents", "--json", "-p", "--remote-command", "-v"},
    done = "done: they are the same, or with --repair, are now",
    exits = {
      ExitCode.DONE,
      ExitCode.DIFFERENT,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON
    })
@Command(
    name = "verify",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Compare a volume with its copy, by digests",
    description = {
      "Compares a whole volume with a copy of it, here or on another machine. Both sides read and"
          + " digest their own at the same time, past the page cache; only digests travel, 4 KiB for"
          + " each MiB. The exit code is 0 if they are the same, and 3 if they differ. Nothing is"
          + " written, and the destination may be in use; what changes meanwhile may be found"
          + " different. If the source was written to meanwhile and no difference was found, the exit"
          + " code is 9.",
      "",
      "If the destination is smaller than the volume, everything beyond its end counts as different. What a larger one has"
          + " beyond the volume's end is not looked at, which is said.",
      "",
      "With --repair, what differs is sent, with all checks of blkdelta sync. That is also the way to"
          + " bring a copy up to date if nothing lists the changes. After a repair the exit code is 0, or 9 if the source was written"
          + " to meanwhile.",
      "",
      "--json prints an object with same, extents, differentBytes, bytes, destinationSize, wireBytes,"
          + " seconds and digest, which is empty after a connection broke; after a repair another one, as sync does.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # the VM is off, and the last sync is done: are they the same?",
      "  blkdelta verify vg0/web new:/dev/vg0/web",
      "  # where do they differ?",
      "  blkdelta verify --extents vg0/web-pre new:/dev/vg0/web",
      "  # make the copy equal again",
      "  blkdelta verify --repair vg0/web new:/dev/vg0/web",
    })
final class VerifyCommand implements Callable<Integer>, SourceOptions.Reading {

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = {SourceOptions.VOLUME, SourceOptions.VOLUMES})
  String source;

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description =
          "The copy: PATH, [USER@]HOST:PATH or ssh://[USER@]HOST[:PORT]/PATH. PATH may be the URI of an NBD export.")
  String destination;

  @Option(
      names = "--extents",
      description = {
        "Print a line OFFSET LENGTH for each run of bytes that differs.",
        "In bytes, ascending, neighbours joined, in units of 4096. With --json, an object with offset and length."
      })
  boolean extents;

  @Option(
      names = "--repair",
      description = {
        "Send what differs.",
        "The destination is checked as by blkdelta sync: it must not be in use."
      })
  boolean repair;

  @Option(
      names = "--force",
      paramLabel = "REASON",
      split = ",",
      description = {"With --repair. " + DestinationOptions.FORCE, DestinationOptions.REASONS})
  Set<Reason> force = EnumSet.noneOf(Reason.class);

  @Mixin RawOption raw;
  @Mixin RateLimit limit;

  @Option(
      names = "--retries",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Connect again up to N times when the connection breaks. Default: ${DEFAULT-VALUE}.",
        "The pauses grow from 1 to 30 seconds. The comparison goes on where it was cut, or begins again"
            + " if the source is on the other machine."
      })
  int retries;

  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;
  @Mixin RemoteOptions remote;

  private final SourceOptions sourceOptions = new SourceOptions(Formats.WHOLE);
  private final Streams streams;
  private final Stop stop;

  VerifyCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public SourceOptions sourceOptions() {
    return sourceOptions;
  }

  @Override
  public Integer call() throws IOException {
    var from = Location.parse(source);
    var to = Location.parse(destination);
    remote.check(from, to);
    if (!force.isEmpty() && !repair) {
      throw new UsageException("--force: nothing is written without --repair; leave it out");
    }
    var wanted = new Sources.Wanted(List.of(source), true, sourceOptions.settings(), raw.raw);
    var far = new Far(ssh.options(report.verbose), remote.command());
    var wire = Connections.retried(retries, from, to);
    // rounds of a running disk go on from here, also if nothing differs
    boolean isFirst = repair && Location.isRunningDisk(source);
    var verify = new VerifyRun(wanted, to, wire, far, repair, isFirst, force, this::tell);
    var parties = Run.Parties.of(wanted, to.toString(), Treatment.USUAL);
    return Run.of(report.reporter(streams), stop, limit.limit(), parties, verify::in, code -> code)
        .number();
  }

  /// A run of bytes that differs.
  private record Difference(long offset, long length) {}

  private void tell(Extent extent) {
    if (!extents) {
      return;
    }
    streams
        .out()
        .println(
            report.json
                ? Json.line(new Difference(extent.offset(), extent.length()))
                : extent.offset() + " " + extent.length());
  }
}
