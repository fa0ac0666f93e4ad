package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.KnownExtents;
import org.blkdelta.remote.Location;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta verify`.
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Compare a volume with its copy, by digests",
    description = {
      "Compares a whole volume with a copy of it, here or on another machine. Both sides read and"
          + " digest their own at the same time, past the page cache; only digests travel, 4 KiB for"
          + " each MiB. The exit code is 0 where they are the same, and 3 where they differ. Nothing is"
          + " written, and the destination may be in use; what changes meanwhile may be found"
          + " different.",
      "",
      "A destination that is smaller than the volume is different from its end on. What a larger one has"
          + " behind the volume's end is not looked at, which is said.",
      "",
      "With --repair, what differs is sent, with all checks of blkdelta sync. That is also the way to"
          + " bring a copy up to date where nothing lists the changes. After a repair the exit code is 0.",
      "",
      "--json prints an object with same, extents, differentBytes, bytes, destinationSize, wireBytes,"
          + " seconds and digest; after a repair another one, as sync does.",
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
final class VerifyCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "SOURCE", description = Contents.SOURCE)
  String source;

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description =
          "What to compare with it, a device or file: PATH, [USER@]HOST:PATH or"
              + " ssh://[USER@]HOST[:PORT]/PATH.")
  String destination;

  @Option(
      names = "--extents",
      description =
          "Print a line OFFSET LENGTH for each run of bytes that differs: in bytes, ascending,"
              + " neighbours joined, in units of 4096. With --json, an object with offset and length.")
  boolean extents;

  @Option(
      names = "--repair",
      description =
          "Send what differs. The destination is checked as by sync: it must not be in use.")
  boolean repair;

  @Mixin ChainOptions chain;
  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;
  @Mixin RemoteOptions remote;

  private final Streams streams;
  private final Stop stop;

  VerifyCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    var from = Location.parse(source);
    var to = Location.parse(destination);
    remote.check(from, to);
    return (from.isRemote() && !ChainSources.isByFiles(from) ? pulled(from, to) : here(from, to))
        .number();
  }

  private ExitCode pulled(Location from, Location to) throws IOException {
    var sshOptions = ssh.options(report.verbose);
    var differences = new Differences(Long.MAX_VALUE, this::tell);
    var digests = SendOptions.whole(chain, true);
    try (var sender = RemoteSource.start(from, digests, sshOptions, remote, streams)) {
      var verdict = verification(differences).ofHost(sender, to.path());
      verdict.print(report, streams);
      if (!repair || verdict.isSame()) {
        return code(verdict);
      }
    }
    var found = differences.covering();
    try (var sender = RemoteSource.ofExtents(from, chain, found, sshOptions, remote, streams)) {
      transfer().ofHost(sender, to.path()).print(report, streams);
    }
    return ExitCode.DONE;
  }

  private ExitCode here(Location from, Location to) throws IOException {
    var sshOptions = ssh.options(report.verbose);
    try (var opened = Contents.open(from, chain, sshOptions, streams)) {
      var differences = new Differences(opened.changes().disk().size(), this::tell);
      var verdict = verification(differences).with(opened.changes(), to, sshOptions, remote);
      verdict.print(report, streams);
      if (!repair || verdict.isSame()) {
        return code(verdict);
      }
      var changes = new KnownExtents(opened.changes(), differences.covering());
      var outcome =
          to.isRemote()
              ? transfer().toHost(changes, to, sshOptions, remote)
              : transfer().toPath(changes, to.path());
      outcome.print(report, streams);
      return ExitCode.DONE;
    }
  }

  private Verification verification(Differences differences) {
    return new Verification(streams, stop, report, differences);
  }

  private Transfer transfer() {
    return new Transfer(streams, stop, report, new DestinationOptions());
  }

  private static ExitCode code(Verdict verdict) {
    return verdict.isSame() ? ExitCode.DONE : ExitCode.DIFFERENT;
  }

  private void tell(Extent extent) {
    if (!extents) {
      return;
    }
    if (report.json) {
      var object = new JsonObject();
      object.addProperty("offset", extent.offset());
      object.addProperty("length", extent.length());
      streams.out().println(object);
    } else {
      streams.out().println(extent.offset() + " " + extent.length());
    }
  }
}
