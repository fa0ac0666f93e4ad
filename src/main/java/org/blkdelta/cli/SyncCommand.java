package org.blkdelta.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Far;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.SyncRun;
import org.blkdelta.source.Formats;
import org.blkdelta.source.Sources;
import org.blkdelta.usage.Usage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta sync`.
@Usage(
    common = {
      "-n",
      "--wait-closed",
      "--data-source",
      "--since",
      "--base",
      "--undo",
      "--verify",
      "-z"
    },
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
    name = "sync",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Send what changed since a snapshot was taken, and write it in place",
    description = {
      "Sends what changed since a snapshot was taken to a copy, here or on another machine, and"
          + " writes it in place.",
      "The destination must hold a copy made from the snapshot. Everything is checked before the"
          + " first write; run an interrupted sync again to complete it.",
      "",
      "The destination must hold a copy that was made from the snapshot, or from the live volume"
          + " after the snapshot was taken. What its machine remembers of it (in /var/lib/blkdelta)"
          + " must not say otherwise, and a sample of what did not change is compared; see --base.",
      "",
      "These checks come before the first write: the destination exists, is large enough, is not the"
          + " source, and nothing uses it. The exit code is 0 only when everything is durable there,"
          + " and both ends agree on counts and digest. A run that was cut goes on when it is run"
          + " again.",
      "",
      "What is written to the origin during a run is not part of it. So an origin that anything has"
          + " open is refused: stop its user and wait until it has left (--wait-closed), or read from a"
          + " newer snapshot (--data-source; with thin volumes, --since). If the source was written to"
          + " all the same, or is open when the run ends, the exit code is 9: what was sent is durable,"
          + " but not final.",
      "",
      "SOURCE may be on another machine, as [USER@]HOST:PATH. It is read by the blkdelta there; only a"
          + " VMware disk (.vmdk) is read from here, by its files. If DESTINATION is on another machine"
          + " too, the data goes through this one.",
      "",
      "Of thin volumes, the pool's own metadata is read. While that lasts, usually less than a second,"
          + " the pool holds a metadata snapshot, of which it has one only; it is released before"
          + " anything is sent.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # say what would be sent, with all checks at the other side",
      "  blkdelta sync --dry-run vg0/web-pre new:/dev/vg0/web",
      "  # the VM was told to shut down: send the last changes when it is off",
      "  blkdelta sync --wait-closed vg0/web-pre new:/dev/vg0/web",
      "  # the VM runs: send what changed up to a newer snapshot",
      "  lvcreate -s -n web-2 -L 10G vg0/web",
      "  blkdelta sync --data-source vg0/web-2 vg0/web-pre new:/dev/vg0/web",
      "  # thin volumes: send what changed from one snapshot to the next",
      "  blkdelta sync --since vg0/db-1 vg0/db-2 new:/dev/vg0/db",
      "  # run on the new machine: read the changes on the old one",
      "  blkdelta sync old:/dev/vg0/web-pre /dev/vg0/web",
      "  # log in as an ordinary user, and become root there",
      "  blkdelta sync --remote-command 'sudo blkdelta' \\",
      "    vg0/web-pre admin@new:/dev/vg0/web",
    })
final class SyncCommand implements Callable<Integer>, SourceOptions.Reading {

  static final String VERIFY = "Read back what was sent, and compare it.";
  static final String VERIFY_MORE =
      "It is read from the destination's medium, and compared by digests. Exit code 8 if it is"
          + " something else.";

  @Parameters(
      index = "0",
      paramLabel = "SOURCE...",
      hideParamSyntax = true,
      description = {SourceOptions.SOURCE, SourceOptions.SOURCES})
  String source;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "DESTINATION",
      hideParamSyntax = true,
      description = {
        "Where to write: PATH, [USER@]HOST:PATH or ssh://[USER@]HOST[:PORT]/PATH.",
        "It is a device or file, and must exist; but see --create. PATH may be the URI of an NBD export (nbd://HOST[:PORT]/EXPORT, nbd+unix:///EXPORT?socket=PATH); whether anything else uses an export can't be found out. HOST may be an IPv6 address in brackets. A colon before the first slash makes it remote; write ./a:b for a file here of that name."
      })
  List<String> others;

  @Mixin UseOptions use;
  @Mixin DestinationOptions options;
  @Mixin BaseOption base;
  @Mixin RawOption raw;
  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;

  @Mixin RemoteOptions remote;
  @Mixin RateLimit limit;
  @Mixin Connections connections;
  @Mixin Compression compression;

  @Option(
      names = "--verify",
      description = {VERIFY, VERIFY_MORE})
  boolean verify;

  private final SourceOptions sourceOptions = new SourceOptions(Formats.CHANGES);
  private final Streams streams;
  private final Stop stop;

  SyncCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public SourceOptions sourceOptions() {
    return sourceOptions;
  }

  @Override
  public Integer call() throws IOException {
    var names = new ArrayList<>(others);
    var to = Location.parse(names.removeLast());
    names.addFirst(source);
    var from = Location.parse(source);
    remote.check(from, to);
    var wire = connections.wire(from, to, options.undo != null, compression.packing());
    var treatment = options.treatment(raw.raw, base.base);
    var wanted = new Sources.Wanted(names, false, sourceOptions.settings(), raw.raw);
    var far = new Far(ssh.options(report.verbose), remote.command());
    var sync = new SyncRun(wanted, use.request(), to, treatment, wire, far, verify);
    var reporter = report.reporter(streams);
    var parties = Run.Parties.of(wanted, to.toString(), treatment);
    return Run.told(reporter, stop, limit.limit(), parties, sync::in).number();
  }
}
