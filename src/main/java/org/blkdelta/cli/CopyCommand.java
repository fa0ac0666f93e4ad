package org.blkdelta.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.run.CopyRun;
import org.blkdelta.run.Far;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.source.Formats;
import org.blkdelta.source.Sources;
import org.blkdelta.usage.Usage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta copy`.
@Usage(
    common = {"-n", "--create", "--bwlimit", "-z", "-p", "--remote-command", "--progress", "-v"},
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
    name = "copy",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Copy a whole volume, leaving out what is not there",
    description = {
      "Copies a whole volume to a device or file, here or on another machine: the first copy, which"
          + " blkdelta sync then keeps up with.",
      "",
      "Read from a snapshot: what is written to a volume while it is read may be in the copy or not, and"
          + " the exit code is 9 then.",
      "",
      "What the source does not hold is not sent: holes of a file, blocks that a thin volume or a"
          + " VMware disk does not have, and zeros. There the destination is made to read zeros, where"
          + " it does not do so already: a file that --create makes stays sparse. Anything beyond"
          + " the end of the volume is left untouched.",
      "",
      "The checks before the first write, and what success means, are those of blkdelta sync. Run"
          + " an interrupted copy again to complete it.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # from a snapshot to another machine",
      "  blkdelta copy vg0/web-pre new:/dev/vg0/web",
      "  # into a sparse file, at most 20 MiB a second",
      "  blkdelta copy --create --bwlimit 20M vg0/web-pre new:/srv/web.img",
      "  # run on the new machine: read what the old one has",
      "  blkdelta copy old:/dev/vg0/web-pre /dev/vg0/web",
      "  # a VMware disk with all its snapshots, straight from the ESXi host",
      "  blkdelta copy root@esx:/vmfs/volumes/ds/vm/vm-000002.vmdk /dev/vg0/vm",
    })
final class CopyCommand implements Callable<Integer>, SourceOptions.Reading {

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = {SourceOptions.VOLUME, SourceOptions.VOLUMES})
  String source;

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description = {
        "Where to write: PATH, [USER@]HOST:PATH or ssh://[USER@]HOST[:PORT]/PATH.",
        "It is a device or file, and must exist; but see --create. PATH may be the URI of an NBD export (nbd://HOST[:PORT]/EXPORT, nbd+unix:///EXPORT?socket=PATH); whether anything else uses an export can't be found out. HOST may be an IPv6 address in brackets. A colon before the first slash makes it remote; write ./a:b for a file here of that name."
      })
  String destination;

  @Mixin DestinationOptions options;
  @Mixin RawOption raw;
  @Mixin RateLimit limit;
  @Mixin Connections connections;
  @Mixin Compression compression;
  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;
  @Mixin RemoteOptions remote;

  @Option(
      names = "--verify",
      description = {SyncCommand.VERIFY, SyncCommand.VERIFY_MORE})
  boolean verify;

  private final SourceOptions sourceOptions = new SourceOptions(Formats.WHOLE);
  private final Streams streams;
  private final Stop stop;

  CopyCommand(Streams streams, Stop stop) {
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
    var wire = connections.wire(from, to, options.undo != null, compression.packing());
    var treatment = options.treatment(raw.raw);
    var wanted = new Sources.Wanted(List.of(source), true, sourceOptions.settings(), raw.raw);
    var far = new Far(ssh.options(report.verbose), remote.command());
    var copy = new CopyRun(wanted, to, treatment, wire, far, verify);
    var reporter = report.reporter(streams);
    var parties = Run.Parties.of(wanted, to.toString(), treatment);
    return Run.told(reporter, stop, limit.limit(), parties, copy::in).number();
  }
}
