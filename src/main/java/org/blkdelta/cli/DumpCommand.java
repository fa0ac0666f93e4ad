package org.blkdelta.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.UsageException;
import org.blkdelta.sync.BaseCheck;
import org.blkdelta.sync.MeteredSink;
import org.blkdelta.sync.Sender;
import org.blkdelta.sync.Start;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.LvmsyncWriter;
import org.blkdelta.wire.StreamHeader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta dump`.
@Command(
    name = "dump",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Write what changed since a snapshot was taken to standard output",
    description = {
      "Writes what changed since a snapshot was taken to standard output, as a change stream that"
          + " blkdelta apply reads. The stream is complete in itself: kept as a file, it can be"
          + " applied later, and apply notices when any of it is missing or damaged.",
      "",
      "The stream holds the volume's content in the clear. Keep it as you would keep the volume.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # keep it as a file",
      "  blkdelta dump vg0/web-pre > web.delta",
      "  # send it through a pipe of your own",
      "  blkdelta dump vg0/web-pre | ssh new blkdelta apply - /dev/vg0/web",
      "  # for a machine that still has lvmsync",
      "  blkdelta dump --format=lvmsync vg0/web-pre |",
      "    ssh old lvmsync --apply - /dev/vg0/web",
    })
final class DumpCommand implements Callable<Integer> {

  /// The formats that a stream can have.
  enum Format {
    BLKDELTA,
    LVMSYNC
  }

  @Parameters(arity = "1..*", paramLabel = "SOURCE", description = SourceOptions.SOURCE)
  List<String> sources;

  @Mixin SourceOptions options;
  @Mixin UseOptions use;
  @Mixin RawOption raw;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "blkdelta",
      description =
          "blkdelta; or lvmsync for that program's PROTO[3], which cannot prove that a stream is"
              + " complete. Default: ${DEFAULT-VALUE}.")
  Format format = Format.BLKDELTA;

  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;

  private final Streams streams;
  private final Stop stop;

  DumpCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    if (streams.outIsTerminal()) {
      throw new UsageException("dump: standard output is a terminal; redirect it: dump … > FILE");
    }
    if (report.output(streams).filter(OutputFile::isStandardOutput).isPresent()) {
      throw new UsageException(
          "--receipt: standard output is the stream; name a file for the receipt");
    }
    raw.applied(options.chain);
    var sshOptions = ssh.options(report.verbose);
    try (var opened = Sources.open(sources, options, use.use(streams), sshOptions, streams)) {
      var moved = write(opened.changes());
      moved.ifPresent(streams::say);
      return (moved.isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE).number();
    }
  }

  /// Returns in words that the source moved on meanwhile, if it did.
  private Optional<String> write(ChangeSource changes) throws IOException {
    var totals = Totals.of(changes);
    report.tell(streams, totals.text());
    var output = report.output(streams);
    if (output.isPresent()) {
      output.get().checkNot(Destinations.footing(changes.standsOn()));
    }
    var receipt = report.receipt(changes.disk().name(), "standard output", streams);
    try (var meter = report.meter(streams, totals.bytes(), changes::fuel)) {
      meter.phase("writing");
      var counted = receipt.before(writer());
      var sender =
          new Sender(changes, stop.before(new MeteredSink(counted, meter)), () -> start(changes));
      return receipt.of(
          () -> {
            sender.send(StreamHeader.of(changes, Optional.empty()));
            return receipt.movedOn(changes.movedOn());
          });
    }
  }

  /// Has the stream say what it starts from, as far as its format and the source can.
  private Start start(ChangeSource changes) throws IOException {
    changes.doubt().ifPresent(streams::warn);
    return format == Format.BLKDELTA && changes.unchanged().isPresent()
        ? new Start(0, BaseCheck.SAMPLE)
        : Start.PLAIN;
  }

  private FrameSink writer() {
    return StandardOutput.of(
        switch (format) {
          case BLKDELTA -> new FrameWriter(streams.data());
          case LVMSYNC -> new LvmsyncWriter(streams.data());
        });
  }
}
