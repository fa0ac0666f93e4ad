package org.blkdelta.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.disk.SourceInput;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.vmdk.Ova;
import org.blkdelta.wire.FrameSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta apply`.
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Write a change stream in place",
    description = {
      "Writes a change stream, made by blkdelta dump or by lvmsync (PROTO[3]), in place. The"
          + " destination is checked first, as blkdelta sync does it.",
      "",
      "It also writes a disk that was exported from VMware: a compressed VMDK (streamOptimized), or an"
          + " OVA archive with one in it. Blocks that the export does not hold become zeros. An export"
          + " of a snapshot's changes alone is refused: blkdelta sync sends it. An archive's"
          + " description (OVF) says which disks there are. In a pipe it has to come before them, as"
          + " the standard demands; otherwise name the disk with --member.",
      "",
      "A stream that is cut or damaged is refused: with exit code 4 where nothing was written yet, 7"
          + " where something was. lvmsync's format has no end mark, so such a stream may be cut"
          + " without anybody noticing; nor does it tell the volume's size, so a destination that is"
          + " too small shows only when a change does not fit.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # read the whole stream and make all checks, but write nothing",
      "  blkdelta apply --dry-run web.delta /dev/vg0/web",
      "  blkdelta apply web.delta /dev/vg0/web",
      "  ssh old blkdelta dump vg0/web-pre | blkdelta apply - /dev/vg0/web",
      "  ssh old cat vm.ova | blkdelta apply - /dev/vg0/vm",
      "  # save what is overwritten, and bring it back",
      "  blkdelta apply --undo web.undo web.delta /dev/vg0/web",
      "  blkdelta apply web.undo /dev/vg0/web",
    })
final class ApplyCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "STREAM",
      description = "The stream's file, or - for standard input.")
  String stream;

  @Option(
      names = "--member",
      paramLabel = "NAME",
      description = "The disk of an OVA archive that has several, by its name in the archive.")
  @Nullable String member;

  @Option(
      names = "--undo-of-interrupted",
      description =
          "STREAM is the undo of a run that was interrupted, and so has no end. Apply it up to its"
              + " last whole record: what was not saved whole was not overwritten.")
  boolean undoOfInterrupted;

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description = "Where to write: a device or file of this host.")
  Path destination;

  @Mixin DestinationOptions options;
  @Mixin RawOption raw;
  @Mixin ReportOptions report;

  /// What messages call standard input.
  static final String STDIN = "standard input";

  private static final String ADVICE = "send it again";

  private final Streams streams;
  private final Stop stop;

  ApplyCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    if (!stream.equals("-")
        && Files.exists(destination)
        && Files.exists(Path.of(stream))
        && Files.isSameFile(Path.of(stream), destination)) {
      throw new RefusedException(destination + ": is the stream itself; name the destination");
    }
    if (options.base != null && options.base != Base.ASSUME) {
      throw new UsageException(
          "--base=%s: a stream brings its own sample, and has nothing else that did not change; apply knows --base=assume"
              .formatted(options.base.word()));
    }
    raw.applied(options);
    checkWhole();
    var opener = Destinations.of(destination, options, streams);
    var receipt = report.receipt(name(stream), destination.toString(), options, streams);
    receipt.of(() -> apply(opener, receipt)).print(report, streams);
    return ExitCode.DONE.number();
  }

  private Outcome apply(DestinationOpener opener, Receipt receipt) throws IOException {
    try (var in = open(stream, streams)) {
      return new ApplyRun(streams, stop, report)
          .run(wanted(frames(in)), name(stream), opener, options.dryRun, receipt);
    }
  }

  private FrameSource frames(InputStream in) throws IOException {
    return DiskStream.open(in, name(stream), Optional.ofNullable(member), again(), streams);
  }

  /// A file can be looked at twice.
  private Optional<Ova.Opening> again() {
    return stream.equals("-") || !Files.isRegularFile(Path.of(stream))
        ? Optional.empty()
        : Optional.of(() -> open(stream, streams));
  }

  /// Returns the stream as it is to be applied.
  private FrameSource wanted(FrameSource source) throws IOException {
    if (options.undo != null && !source.isAscending()) {
      throw new UsageException(
          name(stream)
              + ": its changes may come in any order, and --undo needs them ascending; for a stream of"
              + " lvmsync's use: blkdelta lvmsync --apply --snapback");
    }
    return undoOfInterrupted ? new InterruptedUndo(source, name(stream), streams::warn) : source;
  }

  /// Reads an undo or an exported disk that is a file once before anything is written: it may have
  /// been cut by what interrupted its run, and an export shows damage only where that is.
  private void checkWhole() throws IOException {
    if (stream.equals("-") || !Files.isRegularFile(Path.of(stream))) {
      return; // what is read from a pipe is gone
    }
    try (var in = open(stream, streams)) {
      var source = frames(in);
      if (source instanceof DiskStream) {
        source.frames(stop.before(frame -> {}));
      } else if (source.header().undoes().isPresent() && !undoOfInterrupted) {
        checkEnded(source);
      }
    }
  }

  private void checkEnded(FrameSource undo) throws IOException {
    try {
      undo.frames(stop.before(frame -> {}));
    } catch (SourceException cut) {
      throw new RefusedException(
          cut.getMessage()
              + "; it is the undo of a run that was interrupted: roll back what it holds with"
              + " --undo-of-interrupted, or run that sync again",
          cut);
    }
  }

  /// Returns what messages call a stream.
  static String name(String stream) {
    return stream.equals("-") ? STDIN : stream;
  }

  /// Opens a stream's file, or standard input, which stays open.
  static InputStream open(String stream, Streams streams) throws IOException {
    if (stream.equals("-")) {
      var lasting =
          new FilterInputStream(streams.in()) {
            @Override
            public void close() {
              // standard input is the process's own
            }
          };
      return new SourceInput(lasting, name(stream), ADVICE);
    }
    try {
      return new SourceInput(Files.newInputStream(Path.of(stream)), stream, ADVICE);
    } catch (IOException fault) {
      throw new SourceException(
          "%s: cannot be read: %s".formatted(stream, SyncException.describe(fault)), fault);
    }
  }
}
