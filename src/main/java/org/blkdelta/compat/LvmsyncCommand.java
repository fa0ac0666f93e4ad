package org.blkdelta.compat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.lvm.SnapshotFormat;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.ApplyRun;
import org.blkdelta.run.LvmsyncSending;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.StreamFile;
import org.blkdelta.source.SourceUse;
import org.blkdelta.source.Sources;
import org.blkdelta.sync.Destination;
import org.blkdelta.thin.ThinVolumes;
import org.blkdelta.usage.Usage;
import org.blkdelta.vmdk.ChainFormat;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.LvmsyncWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta lvmsync`: that program's own grammar and stream, with our checks.
@Usage(
    common = {"--data-source", "--snapback", "--apply", "--stdout", "-v"},
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED
    })
@Command(
    name = "lvmsync",
    sortOptions = false,
    preprocessor = OptparseWords.class,
    customSynopsis = {
      "blkdelta lvmsync [OPTIONS] SNAPSHOT [[USER@]HOST:]DEVICE",
      "       blkdelta lvmsync [OPTIONS] --stdout SNAPSHOT",
      "       blkdelta lvmsync [OPTIONS] --apply (FILE|-) DEVICE",
    },
    header = "Do what lvmsync does, with its arguments and its stream",
    description = {
      "Stands in for lvmsync: same arguments, same stream (PROTO[3]), so that old peers, scripts and"
          + " undo files go on working. At a remote host it runs \"lvmsync --apply -\", that program or"
          + " this one. The format has no end mark and no confirmation; use blkdelta sync if both"
          + " ends have blkdelta.",
      "",
      "Unlike lvmsync it refuses a device that is in use or too small, never overwrites an undo file,"
          + " and fails with the exit codes below. It warns if the volume is written to meanwhile; the"
          + " exit code is 0 all the same. docs/lvmsync.md lists all differences.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta lvmsync /dev/vg0/web-pre new:/dev/vg0/web",
      "  # save what is overwritten, and put it back later",
      "  blkdelta lvmsync --snapback undo /dev/vg0/web-pre /dev/vg1/web",
      "  blkdelta lvmsync --apply undo /dev/vg1/web",
    })
public final class LvmsyncCommand implements Callable<Integer> {

  private static final int MAX_SHOWN = 80;
  private static final String HELP = "; see: blkdelta lvmsync --help";

  @Parameters(
      arity = "0..*",
      paramLabel = "SNAPSHOT|DEVICE",
      description =
          "The snapshot and the destination, or with --apply only the destination. More are ignored"
              + " with a warning.")
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
      names = {"-r", "--data-source"},
      paramLabel = "PATH",
      description =
          "Read the new bytes from a newer snapshot of the same origin, so that the origin can stay in"
              + " use. Of a thin snapshot, what changed up to the newer one is sent.")
  @Nullable String dataSource;

  @Option(
      names = {"-e", "--rsh"},
      paramLabel = "CMD",
      description =
          "Run this remote shell instead of the built-in SSH client. CMD may have arguments, and set"
              + " variables first: \"LC_ALL=C ssh -C\".")
  @Nullable String remoteShell;

  @Option(names = "--server", description = "The same as --apply -, as old peers call it.")
  boolean server;

  @Option(
      names = {"-v", "--verbose"},
      negatable = true,
      description = "Tell more: how the connection to the remote side is made.")
  boolean verbose;

  @Option(
      names = {"-d", "--debug"},
      negatable = true,
      description = "The same as --verbose; lvmsync at the other end tells still more.")
  boolean debug;

  @Option(
      names = {"-q", "--quiet"},
      negatable = true,
      description = "Print nothing but warnings and failures.")
  boolean quiet;

  private final Streams streams;
  private final Stop stop;

  /// Creates one.
  public LvmsyncCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    switch (order()) {
      case LvmsyncOrder.Apply apply -> apply(apply);
      case LvmsyncOrder.Send send -> send(send);
    }
    return ExitCode.DONE.number();
  }

  /// Returns what the command line says to do, by the rules of lvmsync.
  LvmsyncOrder order() throws UsageException {
    if (quiet && (verbose || debug)) {
      throw new UsageException("lvmsync: --quiet and --verbose exclude each other; choose one");
    }
    var undo = Optional.ofNullable(snapback);
    if (apply != null || server) {
      take(1, "name the destination");
      return new LvmsyncOrder.Apply(apply == null ? "-" : apply, operands.get(0), undo);
    }
    if (stdout && snapback != null) {
      throw new UsageException("lvmsync: --snapback cannot be used with --stdout; leave one out");
    }
    take(stdout ? 1 : 2, "name a snapshot, and a destination or --stdout");
    var to = stdout ? Optional.<Location>empty() : Optional.of(Location.parse(operands.get(1)));
    return new LvmsyncOrder.Send(operands.get(0), Optional.ofNullable(dataSource), to, undo);
  }

  private void take(int count, String advice) throws UsageException {
    if (operands.size() < count) {
      throw new UsageException("lvmsync: " + advice + HELP);
    }
    if (operands.subList(0, count).contains("")) {
      throw new UsageException("lvmsync: an operand is empty" + HELP);
    }
    for (var surplus : operands.subList(count, operands.size())) {
      streams.warn("lvmsync: " + Printable.of(surplus, MAX_SHOWN) + ": ignored: nothing needs it");
    }
  }

  private Run run() {
    var how = new Reporting(quiet, verbose || debug, false, "auto", Optional.empty());
    return Run.unrecorded(new Reporter(streams, how), stop);
  }

  private void apply(LvmsyncOrder.Apply order) throws IOException {
    var run = run();
    var input = new StreamFile(order.stream(), streams);
    try (var in = input.open()) {
      var frames = FrameSource.open(in, input.name());
      var to = destination(order.device(), order.undo());
      ApplyRun.of(run, frames, input.name(), to, false, header -> {})
          .at(order.device())
          .print(run.reporter());
    }
  }

  private void send(LvmsyncOrder.Send order) throws IOException {
    if (order.to().isEmpty() && streams.outIsTerminal()) {
      throw new UsageException("lvmsync: standard output is a terminal; redirect it");
    }
    var snapshot = order.snapshot();
    if (ChainFormat.isVirtualDisk(Path.of(snapshot))) {
      throw new UsageException(snapshot + ": is a VMware disk; use blkdelta sync or vmdksync");
    }
    var wanted = wanted(snapshot, order.dataSource());
    try (var opened =
        streams.sources(SshOptions.DEFAULT).openHere(wanted, SourceUse.warned(streams::say))) {
      send(opened.changes(), order);
    }
  }

  /// Returns what is read. Two thin volumes are compared with each other, so what differs is what
  /// changed up to the one that the bytes are read from.
  private static Sources.Wanted wanted(String snapshot, Optional<String> dataSource)
      throws SourceException {
    var none = SourceSettings.NONE;
    if (dataSource.isEmpty()) {
      return new Sources.Wanted(List.of(snapshot), false, none, false);
    }
    if (ThinVolumes.ofHost().isThin(snapshot)) {
      var since = none.with(SourceOption.SINCE, snapshot);
      return new Sources.Wanted(List.of(dataSource.get()), false, since, false);
    }
    var from = none.with(SnapshotFormat.DATA_SOURCE, dataSource.get());
    return new Sources.Wanted(List.of(snapshot), false, from, false);
  }

  private void send(ChangeSource changes, LvmsyncOrder.Send order) throws IOException {
    var sending = new LvmsyncSending(run(), changes);
    if (order.to().isEmpty()) {
      sending.toStream(new LvmsyncWriter(streams.data()));
      return;
    }
    var location = order.to().get();
    if (location.isRemote()) {
      var command = PeerCommand.there(order.undo(), peerOptions(), location.path());
      sending.toHost(location.host().orElseThrow(), command, ssh());
    } else {
      var undo = order.undo().map(file -> PeerCommand.inHome(file, home()));
      sending.toDestination(destination(PeerCommand.inHome(location.path(), home()), undo));
    }
  }

  private static String home() {
    return System.getProperty("user.home");
  }

  private Destination destination(String device, Optional<String> undo) {
    return streams
        .destinations()
        .of(
            DestinationName.of(Path.of(device)),
            Treatment.ASSUMING,
            undo.map(Path::of),
            LvmsyncWriter::new);
  }

  private SshOptions ssh() throws UsageException {
    return new SshOptions(
        remoteShell == null
            ? Optional.empty()
            : Optional.of(PeerCommand.remoteShell(remoteShell, home())),
        Optional.empty(),
        List.of(),
        OptionalInt.empty(),
        List.of(),
        verbose || debug);
  }

  private List<String> peerOptions() {
    var options = new ArrayList<String>();
    if (verbose) {
      options.add("-v");
    }
    if (debug) {
      options.add("-d");
    }
    if (quiet) {
      options.add("-q");
    }
    return options;
  }
}
