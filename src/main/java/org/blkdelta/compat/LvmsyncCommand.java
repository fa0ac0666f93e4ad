package org.blkdelta.compat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.UsageException;
import org.blkdelta.lvm.SnapshotFormat;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.ShellWords;
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
import org.blkdelta.vmdk.ChainFormat;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.LvmsyncWriter;
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
          + " this one. The format has no end mark and no confirmation; use blkdelta sync if both"
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
public final class LvmsyncCommand implements Callable<Integer> {

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

  /// Creates one.
  public LvmsyncCommand(Streams streams, Stop stop) {
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
    var settings = SourceSettings.NONE;
    if (dataSource != null) {
      settings = settings.with(SnapshotFormat.DATA_SOURCE, dataSource);
    }
    var snapshot = operands.get(0);
    if (ChainFormat.isVirtualDisk(Path.of(snapshot))) {
      throw new UsageException(snapshot + ": is a VMware disk; use blkdelta sync or vmdksync");
    }
    var wanted = new Sources.Wanted(List.of(snapshot), false, settings, false);
    try (var opened =
        streams.sources(SshOptions.DEFAULT).openHere(wanted, SourceUse.warned(streams::say))) {
      send(opened.changes());
    }
    return ExitCode.DONE.number();
  }

  private void operands(int count, String advice) throws UsageException {
    if (operands.size() != count) {
      throw new UsageException("lvmsync: " + advice + "; see: blkdelta lvmsync --help");
    }
  }

  private Run run() {
    var how = new Reporting(quiet, verbose, false, "auto", Optional.empty());
    return Run.unrecorded(new Reporter(streams, how), stop);
  }

  private void apply(String stream, String device) throws IOException {
    var run = run();
    var input = new StreamFile(stream, streams);
    try (var in = input.open()) {
      var frames = FrameSource.open(in, input.name());
      ApplyRun.of(run, frames, input.name(), destination(device), false).print(run.reporter());
    }
  }

  private void send(ChangeSource changes) throws IOException {
    var sending = new LvmsyncSending(run(), changes);
    if (stdout) {
      sending.toStream(new LvmsyncWriter(streams.data()));
      return;
    }
    var location = Location.parse(operands.get(1));
    if (location.isRemote()) {
      sending.toHost(location.host().orElseThrow(), remoteCommand(location.path()), ssh());
    } else {
      sending.toDestination(destination(location.path()));
    }
  }

  private Destination destination(String device) {
    var undo = Optional.ofNullable(snapback).map(Path::of);
    return streams.destinations().of(Path.of(device), Treatment.ASSUMING, undo, LvmsyncWriter::new);
  }

  private SshOptions ssh() {
    return new SshOptions(
        Optional.ofNullable(remoteShell),
        Optional.empty(),
        List.of(),
        OptionalInt.empty(),
        List.of(),
        verbose);
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
}
