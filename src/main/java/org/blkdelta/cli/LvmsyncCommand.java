package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.Receiver;
import org.blkdelta.sync.Sender;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.LvmsyncWriter;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta lvmsync`: that program's own grammar and stream, with our checks.
@Command(
    name = "lvmsync",
    sortOptions = false,
    customSynopsis = {
      "blkdelta lvmsync [OPTIONS] SNAPSHOT [[USER@]HOST:]DEVICE",
      "       blkdelta lvmsync [OPTIONS] --stdout SNAPSHOT",
      "       blkdelta lvmsync [OPTIONS] --apply (FILE|-) DEVICE",
    },
    header = "Do what lvmsync does, with its arguments and its stream",
    description = {
      "Stands in for lvmsync: same arguments, same stream (PROTO[3]), so that old peers, scripts and"
          + " undo files go on working. At a remote host it runs \"lvmsync --apply -\", that program or"
          + " this one. The format has no end mark and no confirmation; use blkdelta sync where both"
          + " ends have blkdelta.",
      "",
      "Different from lvmsync: a device that is in use is refused, and so is one that is too small"
          + " where its size can be compared; an undo file is never overwritten; failures have the"
          + " exit codes below. A volume that is written to meanwhile is warned of, and the exit code is 0"
          + " all the same.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta lvmsync /dev/vg0/web-pre new:/dev/vg0/web",
      "  # save what is overwritten, and put it back later",
      "  blkdelta lvmsync --snapback undo /dev/vg0/web-pre /dev/vg1/web",
      "  blkdelta lvmsync --apply undo /dev/vg1/web",
    })
final class LvmsyncCommand implements Callable<Integer> {

  @Parameters(
      arity = "0..2",
      paramLabel = "SNAPSHOT|DEVICE",
      description = "The snapshot and the destination, or with --apply only the destination.")
  List<String> operands = new ArrayList<>();

  @Option(
      names = {"-b", "--snapback"},
      paramLabel = "FILE",
      description =
          "Save what is overwritten to FILE, on the destination's machine, for --apply. FILE must not"
              + " exist.")
  @Nullable String snapback;

  @Option(
      names = {"-a", "--apply"},
      paramLabel = "FILE",
      description = "Write a stream, or an undo file, to a device; - is standard input.")
  @Nullable String apply;

  @Option(
      names = {"-s", "--stdout"},
      description = "Write the stream to standard output.")
  boolean stdout;

  @Option(
      names = "--data-source",
      paramLabel = "PATH",
      description =
          "Read the new bytes from a newer snapshot of the same origin, so that the origin can stay in"
              + " use.")
  @Nullable String dataSource;

  @Option(
      names = {"-e", "--rsh"},
      paramLabel = "CMD",
      description = "Run this remote shell instead of the built-in SSH client.")
  @Nullable String remoteShell;

  @Option(names = "--server", description = "The same as --apply -, as old peers call it.")
  boolean server;

  @Option(
      names = {"-v", "--verbose", "-d", "--debug"},
      description = "Tell more: how the connection to the remote side is made.")
  boolean verbose;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but warnings and failures.")
  boolean quiet;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print version information and exit.")
  boolean version;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  boolean help;

  private final Streams streams;
  private final Stop stop;
  private boolean handedOn;

  LvmsyncCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    if (apply != null || server) {
      operands(1, "--apply takes one destination");
      apply(apply == null ? "-" : apply, operands.get(0));
      return ExitCode.DONE.number();
    }
    if (stdout && snapback != null) {
      throw new UsageException("lvmsync: --snapback cannot be used with --stdout");
    }
    operands(stdout ? 1 : 2, "name a snapshot, and a destination or --stdout");
    if (stdout && streams.outIsTerminal()) {
      throw new UsageException("lvmsync: standard output is a terminal; redirect it");
    }
    var source = new SourceOptions();
    source.dataSource = dataSource;
    try (var opened = Sources.volume(operands.get(0), source, SourceUse.warned(streams), streams)) {
      send(opened.changes());
    }
    return ExitCode.DONE.number();
  }

  private void operands(int count, String advice) throws UsageException {
    if (operands.size() != count) {
      throw new UsageException("lvmsync: " + advice + "; see: blkdelta lvmsync --help");
    }
  }

  private void apply(String stream, String device) throws IOException {
    var name = ApplyCommand.name(stream);
    try (var in = ApplyCommand.open(stream, streams)) {
      new ApplyRun(streams, stop, report())
          .run(FrameSource.open(in, name), name, destination(device), false, Receipt.none())
          .print(report(), streams);
    }
  }

  private void send(ChangeSource changes) throws IOException {
    if (stdout) {
      send(changes, StandardOutput.of(new LvmsyncWriter(streams.data())));
      return;
    }
    var location = Location.parse(operands.get(1));
    if (location.isRemote()) {
      toHost(changes, location);
      return;
    }
    try (var receiver = new Receiver(destination(location.path()), answer -> {})) {
      send(changes, receiver);
    }
  }

  private DestinationOpener destination(String device) {
    var options = DestinationOptions.assuming();
    var run = UUID.randomUUID().toString();
    var opener = Destinations.remembered(Path.of(device), run, options, streams);
    return snapback == null ? opener : new Undo(Path.of(snapback), run, LvmsyncWriter::new, opener);
  }

  private void send(ChangeSource changes, FrameSink to) throws IOException {
    long start = System.nanoTime();
    var header = StreamHeader.of(changes, Optional.of(Destinations.footing(changes.standsOn())));
    Tally.Sum sum;
    Optional<String> moved;
    try (var meter = report().meter(streams, Totals.of(changes).bytes(), changes::fuel)) {
      meter.phase("sending");
      sum = new Sender(changes, stop.before(new MeteredSink(to, meter))).send(header);
      moved = changes.movedOn();
    }
    moved.ifPresent(streams::warn); // that program says 0
    if (!quiet) {
      streams
          .err()
          .printf(
              "blkdelta: sent %s, %s in %.1f s%n",
              Sizes.count(sum.extents(), "extent"),
              Sizes.binary(sum.bytes()),
              (System.nanoTime() - start) / 1e9);
    }
  }

  private void toHost(ChangeSource changes, Location location) throws IOException {
    var host = location.host().orElseThrow();
    var ssh =
        new SshOptions(
            Optional.ofNullable(remoteShell),
            Optional.empty(),
            List.of(),
            OptionalInt.empty(),
            List.of(),
            verbose);
    try (var told = LastWords.of(host, streams);
        var process = RemoteShell.start(host, remoteCommand(location.path()), ssh, told)) {
      toPeer(changes, new RemoteDestination(host.toString(), process, told));
    }
  }

  private void toPeer(ChangeSource changes, RemoteDestination peer) throws IOException {
    var process = peer.process();
    var writer = new LvmsyncWriter(process.stdin());
    try {
      send(
          changes,
          frame -> {
            handedOn |= !(frame instanceof Frame.Header);
            writer.accept(frame);
          });
      process.stdin().close();
      if (process.exitStatus() != 0) {
        throw failed(peer);
      }
    } catch (ConnectionException lost) {
      throw handedOn ? incomplete(String.valueOf(lost.getMessage())) : lost;
    } catch (SyncException told) {
      throw told;
    } catch (IOException broken) {
      throw failed(peer);
    }
  }

  private String remoteCommand(String device) {
    var words = new ArrayList<>(List.of("lvmsync", "--apply", "-"));
    if (snapback != null) {
      words.addAll(List.of("--snapback", snapback));
    }
    if (verbose) {
      words.add("-v");
    }
    words.add(device);
    return ShellWords.join(words);
  }

  /// The format answers nothing, so the exit status is all that there is: ours says what was
  /// written, another's only that something is wrong.
  private SyncException failed(RemoteDestination peer) throws IOException {
    int status = peer.process().exitStatus();
    var message = peer.name() + ": " + peer.whyItEnded();
    var told = Answer.Kind.ofCode(status);
    if (told.isPresent()) {
      return told.get().failure(message);
    }
    return handedOn && status != RemoteDestination.NOT_FOUND
        ? incomplete(message)
        : new ConnectionException(message);
  }

  private static IncompleteException incomplete(String message) {
    return new IncompleteException(message + "; the destination may be incomplete: run again");
  }

  private ReportOptions report() {
    var report = new ReportOptions();
    report.quiet = quiet;
    report.verbose = verbose;
    return report;
  }
}
