package org.blkdelta.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.blkdelta.remote.Location;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `blkdelta sync`.
@Command(
    name = "sync",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sends what changed since a snapshot was taken, and writes it in place.",
      "",
      "The destination must hold a copy that was made from the snapshot, or from the live volume"
          + " after the snapshot was taken. It is checked before anything is written: it exists, is"
          + " large enough, is not the source, is not in use. Success is said when everything is"
          + " durable there, and both ends agree on counts and digest. A run that was cut is mended by"
          + " running it again.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta sync vg0/web-pre new:/dev/vg0/web      # the VM is stopped: the last changes",
      "  blkdelta sync --dry-run vg0/web-pre new:/dev/vg0/web",
      "  blkdelta sync --data-source vg0/web-2 vg0/web-1 new:/dev/vg0/web   # the VM runs on",
    })
final class SyncCommand implements Callable<Integer> {

  @Mixin SourceOptions source;

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description =
          "Where to write: a path, [user@]host:path, [user@][v6::addr]:path or"
              + " ssh://[user@]host[:port]/path. A device or file that exists, or see --create.")
  String destination;

  @Mixin DestinationOptions options;
  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;

  private final Streams streams;
  private final Stop stop;

  SyncCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    var location = Location.parse(destination);
    try (var changes = Sources.open(source, streams::warn)) {
      var transfer = new Transfer(streams, stop, report, options);
      var outcome =
          location.isRemote()
              ? transfer.toHost(changes, location, ssh.options(report.verbose), ssh.remoteCommand)
              : transfer.toPath(changes, location.path());
      outcome.print(report, streams);
    }
    return ExitCode.DONE.number();
  }
}
