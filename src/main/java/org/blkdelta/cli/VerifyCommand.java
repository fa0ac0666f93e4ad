package org.blkdelta.cli;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.KnownExtents;
import org.blkdelta.failure.UsageException;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Json;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Streams;
import org.blkdelta.report.Verdict;
import org.blkdelta.run.Differences;
import org.blkdelta.run.Far;
import org.blkdelta.run.FarSource;
import org.blkdelta.run.Limit;
import org.blkdelta.run.Run;
import org.blkdelta.run.SendOrder;
import org.blkdelta.run.Stop;
import org.blkdelta.run.Transfer;
import org.blkdelta.run.Verification;
import org.blkdelta.run.Wire;
import org.blkdelta.source.Formats;
import org.blkdelta.source.SourceUse;
import org.blkdelta.source.Sources;
import org.blkdelta.sync.Base;
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
final class VerifyCommand implements Callable<Integer>, SourceOptions.Reading {

  @Parameters(index = "0", paramLabel = "SOURCE", description = SourceOptions.VOLUME)
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

  @Mixin RawOption raw;
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
    var far = new Far(ssh.options(report.verbose), remote.command());
    return Run.of(
            report.reporter(streams),
            stop,
            Limit.NONE,
            Run.Parties.of(from.toString(), to.toString(), Treatment.USUAL),
            run ->
                FarSource.readsWhole(from, raw.raw)
                    ? pulled(run, from, to, far)
                    : here(run, to, far),
            code -> code)
        .number();
  }

  private ExitCode pulled(Run run, Location from, Location to, Far far) throws IOException {
    var differences = new Differences(Long.MAX_VALUE, this::tell);
    var settings = sourceOptions.settings();
    var verification = Verification.of(run, raw.raw, differences);
    var digests = SendOrder.digests(settings, raw.raw);
    var verdict = verification.receive(new FarSource(from, digests, far), to.path());
    return concluded(
        run,
        verdict,
        verification.movedOn(),
        transfer -> {
          var found = Optional.of(differences.covering());
          var order = SendOrder.listed(settings, raw.raw);
          return transfer.receive(new FarSource(from, order, found, far), to.path());
        });
  }

  private ExitCode here(Run run, Location to, Far far) throws IOException {
    var wanted = new Sources.Wanted(List.of(source), true, sourceOptions.settings(), raw.raw);
    try (var opened = streams.sources(far.ssh()).open(wanted, SourceUse.warned(streams::say))) {
      var volume = opened.changes();
      var differences = new Differences(volume.disk().size(), this::tell);
      var verification = Verification.of(run, raw.raw, differences);
      var verdict = verification.send(volume, to, far);
      return concluded(
          run,
          verdict,
          verification.movedOn(),
          transfer -> transfer.send(new KnownExtents(volume, differences.covering()), to, far));
    }
  }

  /// Sends what differs.
  private interface Repairing {
    Outcome run(Transfer transfer) throws IOException;
  }

  /// Tells what was found, and repairs it if that is wanted and needed.
  ///
  /// @param movedOn in words that the source was written to while it was compared, if it was
  private ExitCode concluded(
      Run run, Verdict verdict, Optional<String> movedOn, Repairing repairing) throws IOException {
    run.receipt().readBack(verdict);
    verdict.print(run.reporter());
    if (verdict.isSame() || !repair) {
      movedOn.ifPresent(streams::say);
    }
    if (verdict.isSame()) {
      return run.receipt().movedOn(movedOn).isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE;
    }
    if (!repair) {
      return ExitCode.DIFFERENT;
    }
    var transfer = new Transfer(run, treatment(movedOn.isPresent()), Wire.USUAL);
    var outcome = repairing.run(transfer).movedOn(run.receipt().movedOn(movedOn));
    outcome.print(run.reporter());
    return outcome.code();
  }

  /// @param movedOn whether the source was written to while it was compared: a sample of what was
  ///     the same would then find what is not the same any more, and say nothing of the destination
  private Treatment treatment(boolean movedOn) {
    var base = movedOn ? Optional.of(Base.ASSUME) : Optional.<Base>empty();
    return new Treatment(false, force, false, base, Optional.empty(), raw.raw);
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
