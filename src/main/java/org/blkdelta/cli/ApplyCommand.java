package org.blkdelta.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.failure.UsageException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Limit;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.StreamFile;
import org.blkdelta.run.StreamRun;
import org.blkdelta.sync.Base;
import org.blkdelta.usage.Usage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta apply`.
@Usage(
    common = {"-n", "--undo", "--create", "--member", "--force", "-v"},
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED
    })
@Command(
    name = "apply",
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
      "A stream that is cut or damaged is refused: with exit code 4 if nothing was written yet, 7"
          + " if something was. lvmsync's format has no end mark, so such a stream may be cut"
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
      description = {
        "The disk of an OVA archive that has several.",
        "It is named as in the archive."
      })
  @Nullable String member;

  @Option(
      names = "--undo-of-interrupted",
      description = {
        "STREAM is the undo of a run that was interrupted.",
        "It has no end, so it is applied up to its last whole record: what was not saved whole was not overwritten."
      })
  boolean undoOfInterrupted;

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description =
          "Where to write: a device or file of this host, or the URI of an NBD export (nbd://..., nbd+unix:...).")
  String destination;

  @Mixin DestinationOptions options;

  @Option(
      names = "--base",
      paramLabel = "assume",
      description = {
        "Write the stream without comparing what it starts from.",
        "Without it, what this host remembers of the destination must fit, and the sample that the stream brings is compared."
      })
  @Nullable Base base;

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
    if (base != null && base != Base.ASSUME) {
      throw new UsageException(
          "--base=%s: a stream brings its own sample, and has nothing else that did not change; apply knows --base=assume"
              .formatted(base.word()));
    }
    var treatment = options.treatment(raw.raw, base);
    var input = new StreamFile(stream, streams);
    var apply =
        new StreamRun(
            input,
            Optional.ofNullable(member),
            undoOfInterrupted,
            DestinationName.of(destination),
            treatment);
    var reporter = report.reporter(streams);
    var parties = Run.Parties.of(input.name(), destination, treatment);
    return Run.told(reporter, stop, Limit.NONE, parties, apply::in).number();
  }
}
