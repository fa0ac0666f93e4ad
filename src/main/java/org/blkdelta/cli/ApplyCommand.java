package org.blkdelta.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.destination.Treatment;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Streams;
import org.blkdelta.run.ApplyRun;
import org.blkdelta.run.DiskStream;
import org.blkdelta.run.InterruptedUndo;
import org.blkdelta.run.Limit;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.StreamFile;
import org.blkdelta.sync.Base;
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

  private final Streams streams;
  private final Stop stop;

  ApplyCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    if (options.base != null && options.base != Base.ASSUME) {
      throw new UsageException(
          "--base=%s: a stream brings its own sample, and has nothing else that did not change; apply knows --base=assume"
              .formatted(options.base.word()));
    }
    var treatment = options.treatment(raw.raw);
    var reporter = report.reporter(streams);
    var input = new StreamFile(stream, streams);
    var outcome =
        Run.of(
            reporter,
            stop,
            Limit.NONE,
            Run.Parties.of(input.name(), destination.toString(), treatment),
            run -> apply(run, input, treatment),
            Outcome::code);
    outcome.print(reporter);
    return outcome.code().number();
  }

  private Outcome apply(Run run, StreamFile input, Treatment treatment) throws IOException {
    if (input.isAt(destination)) {
      throw new RefusedException(destination + ": is the stream itself; name the destination");
    }
    checkWhole(input);
    try (var in = input.open()) {
      var target = streams.destinations().of(destination, treatment);
      return ApplyRun.of(run, wanted(frames(in, input)), input.name(), target, options.dryRun);
    }
  }

  private FrameSource frames(InputStream in, StreamFile input) throws IOException {
    return DiskStream.open(in, input, Optional.ofNullable(member), streams::warn);
  }

  /// Returns the stream as it is to be applied.
  private FrameSource wanted(FrameSource source) throws IOException {
    var name = new StreamFile(stream, streams).name();
    if (options.undo != null && !source.isAscending()) {
      throw new UsageException(
          name
              + ": its changes may come in any order, and --undo needs them ascending; for a stream of"
              + " lvmsync's use: blkdelta lvmsync --apply --snapback");
    }
    return undoOfInterrupted ? new InterruptedUndo(source, name, streams::warn) : source;
  }

  /// Reads an undo or an exported disk that is a file once before anything is written: it may have
  /// been cut by what interrupted its run, and an export shows damage only where that is.
  private void checkWhole(StreamFile input) throws IOException {
    if (!input.isRereadable()) {
      return; // what is read from a pipe is gone
    }
    try (var in = input.open()) {
      var source = frames(in, input);
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
}
