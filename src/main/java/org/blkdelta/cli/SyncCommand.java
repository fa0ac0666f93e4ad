package org.blkdelta.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta sync`.
@Command(
    name = "sync",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Send what changed since a snapshot was taken, and write it in place",
    description = {
      "Sends what changed since a snapshot was taken to a copy, here or on another machine, and"
          + " writes it in place.",
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
      "What is written to the origin during a run is not part of it. Stop whatever writes to it, or"
          + " read from a newer snapshot (--data-source; with thin volumes, --since).",
      "",
      "Of thin volumes, the pool's own metadata is read. While that lasts, usually less than a second,"
          + " the pool holds a metadata snapshot, of which it has one only; it is released before"
          + " anything is sent.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # say what would be sent, with all checks at the other side",
      "  blkdelta sync --dry-run vg0/web-pre new:/dev/vg0/web",
      "  # the VM is off: send the last changes",
      "  blkdelta sync vg0/web-pre new:/dev/vg0/web",
      "  # the VM runs: send what changed up to a newer snapshot",
      "  lvcreate -s -n web-2 -L 10G vg0/web",
      "  blkdelta sync --data-source vg0/web-2 vg0/web-pre new:/dev/vg0/web",
      "  # thin volumes: send what changed from one snapshot to the next",
      "  blkdelta sync --since vg0/web-1 vg0/web-2 new:/dev/vg0/web",
      "  # log in as an ordinary user, and become root there",
      "  blkdelta sync --remote-command 'sudo blkdelta' \\",
      "    vg0/web-pre admin@new:/dev/vg0/web",
    })
final class SyncCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "SOURCE...",
      hideParamSyntax = true,
      description = SourceOptions.SOURCE)
  String source;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "DESTINATION",
      hideParamSyntax = true,
      description =
          "Where to write, a device or file: PATH, [USER@]HOST:PATH, [USER@][IPV6]:PATH or"
              + " ssh://[USER@]HOST[:PORT]/PATH. A colon before the first slash makes it remote; write"
              + " ./a:b for a file here of that name. It must exist; but see --create.")
  List<String> others;

  @Mixin SourceOptions sourceOptions;
  @Mixin DestinationOptions options;
  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;

  @Option(
      names = "--remote-command",
      paramLabel = "CMD",
      defaultValue = "blkdelta",
      description =
          "What to run at the remote side, where blkdelta is not in the PATH there, or needs sudo: a"
              + " path, or \"sudo blkdelta\". It goes to the remote shell as it is. Default:"
              + " ${DEFAULT-VALUE}.")
  String remoteCommand = "blkdelta";

  @Option(
      names = "--retries",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Connect anew where the connection to a remote destination breaks, at most N times, and go on"
              + " there; with growing pauses of 1 to 30 seconds. Default: ${DEFAULT-VALUE}.")
  int retries;

  private final Streams streams;
  private final Stop stop;

  SyncCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    var sources = new ArrayList<>(others);
    var location = Location.parse(sources.removeLast());
    sources.addFirst(source);
    if (location.isRemote() && Location.parse(source).isRemote()) {
      throw new UsageException(
          location + ": source and destination are both on other machines; run it on one of them");
    }
    if (retries < 0 || (retries > 0 && options.undo != null)) {
      throw new UsageException(
          "--retries=%d: give 0 or more; and not with --undo, of which each run needs one of its own"
              .formatted(retries));
    }
    var sshOptions = ssh.options(report.verbose);
    try (var opened = Sources.open(sources, sourceOptions, sshOptions, streams)) {
      var changes = opened.changes();
      var transfer = new Transfer(streams, stop, report, options).retrying(retries);
      var outcome =
          location.isRemote()
              ? transfer.toHost(changes, location, sshOptions, remoteCommand)
              : transfer.toPath(changes, location.path());
      outcome.print(report, streams);
    }
    return ExitCode.DONE.number();
  }
}
