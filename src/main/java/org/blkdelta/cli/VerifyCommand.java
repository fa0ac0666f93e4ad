package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.blkdelta.disk.DeviceUse.Reason;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.KnownExtents;
import org.blkdelta.failure.UsageException;
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
          + " different. If the source was written to meanwhile and no difference was found, the exit"
          + " code is 9.",
      "",
      "A destination that is smaller than the volume is different from its end on. What a larger one has"
          + " behind the volume's end is not looked at, which is said.",
      "",
      "With --repair, what differs is sent, with all checks of blkdelta sync. That is also the way to"
          + " bring a copy up to date where nothing lists the changes. After a repair the exit code is 0, or 9 if the source was written"
          + " to meanwhile.",
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

  @Parameters(index = "0", paramLabel = "SOURCE", description = WholeVolumes.SOURCE)
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

  @Option(
      names = "--force",
      paramLabel = "REASON",
      split = ",",
      description = "With --repair. " + DestinationOptions.FORCE)
  Set<Reason> force = EnumSet.noneOf(Reason.class);

  @Mixin ChainOptions chain;
  @Mixin RawOption raw;
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
    if (!force.isEmpty() && !repair) {
      throw new UsageException("--force: nothing is written without --repair; leave it out");
    }
    raw.applied(chain);
    var receipt = report.receipt(from.toString(), to.toString(), streams);
    return receipt
        .of(
            () ->
                RemoteSource.readsWhole(from, chain)
                    ? pulled(from, to, receipt)
                    : here(from, to, receipt),
            code -> code)
        .number();
  }

  private ExitCode pulled(Location from, Location to, Receipt receipt) throws IOException {
    var sshOptions = ssh.options(report.verbose);
    var differences = new Differences(Long.MAX_VALUE, this::tell);
    var digests = SendOptions.whole(chain, true);
    var verification = verification(differences, receipt);
    var verdict =
        verification.ofHost(
            () -> RemoteSource.start(from, digests, sshOptions, remote, streams), to.path());
    return concluded(
        verdict,
        verification.movedOn(),
        receipt,
        () -> {
          var found = differences.covering();
          return transfer(receipt, verification.movedOn())
              .ofHost(
                  () -> RemoteSource.ofExtents(from, chain, found, sshOptions, remote, streams),
                  to.path());
        });
  }

  private ExitCode here(Location from, Location to, Receipt receipt) throws IOException {
    var sshOptions = ssh.options(report.verbose);
    try (var opened = WholeVolumes.open(from, chain, sshOptions, streams)) {
      var volume = opened.changes();
      var differences = new Differences(volume.disk().size(), this::tell);
      var verification = verification(differences, receipt);
      var verdict = verification.with(volume, to, sshOptions, remote);
      return concluded(
          verdict,
          verification.movedOn(),
          receipt,
          () -> {
            var changes = new KnownExtents(volume, differences.covering());
            var transfer = transfer(receipt, verification.movedOn());
            return transfer.to(changes, to, sshOptions, remote);
          });
    }
  }

  /// Tells what was found, and mends it where that is wanted and needed.
  ///
  /// @param movedOn in words that the source was written to while it was compared, if it was
  private ExitCode concluded(
      Verdict verdict, Optional<String> movedOn, Receipt receipt, Receipt.Run<Outcome> mending)
      throws IOException {
    receipt.readBack(verdict);
    verdict.print(report, streams);
    if (verdict.isSame() || !repair) {
      movedOn.ifPresent(streams::say);
    }
    if (verdict.isSame()) {
      return receipt.movedOn(movedOn).isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE;
    }
    if (!repair) {
      return ExitCode.DIFFERENT;
    }
    var outcome = mending.run().movedOn(receipt.movedOn(movedOn));
    outcome.print(report, streams);
    return outcome.code();
  }

  private Verification verification(Differences differences, Receipt receipt) {
    return new Verification(streams, stop, report, differences, receipt)
        .of(raw.applied(new DestinationOptions()));
  }

  /// @param movedOn whether the source was written to while it was compared: a sample of what was
  ///     the same would then find what is not the same any more, and say nothing of the destination
  private Transfer transfer(Receipt receipt, Optional<String> movedOn) {
    var options = raw.applied(new DestinationOptions());
    options.force = force;
    if (movedOn.isPresent()) {
      options.base = Base.ASSUME;
    }
    return new Transfer(streams, stop, report, options, receipt);
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
