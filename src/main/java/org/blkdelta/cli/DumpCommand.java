package org.blkdelta.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.destination.Treatment;
import org.blkdelta.failure.UsageException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.OutputFile;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Dump;
import org.blkdelta.run.Limit;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.source.Formats;
import org.blkdelta.source.Sources;
import org.blkdelta.usage.Usage;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.LvmsyncWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta dump`.
@Usage(
    common = {"--format", "--since", "--data-source", "--wait-closed", "-v"},
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON
    },
    onlyLooks = true)
@Command(
    name = "dump",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Write what changed since a snapshot was taken to standard output",
    description = {
      "Writes what changed since a snapshot was taken to standard output, as a change stream that"
          + " blkdelta apply reads. The stream is complete in itself: kept as a file, it can be"
          + " applied later, and apply notices when any of it is missing or damaged.",
      "",
      "Standard output is the stream; what was done is told to a program by --receipt FILE, and not by --json.",
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
final class DumpCommand implements Callable<Integer>, SourceOptions.Reading {

  /// The formats that a stream can have.
  enum Format {
    BLKDELTA,
    LVMSYNC
  }

  @Parameters(
      arity = "1..*",
      paramLabel = "SOURCE",
      description = {SourceOptions.SOURCE, SourceOptions.SOURCES})
  List<String> sources;

  @Mixin UseOptions use;
  @Mixin RawOption raw;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "blkdelta",
      description = {
        "blkdelta, or lvmsync for that program's PROTO[3]. Default: ${DEFAULT-VALUE}.",
        "lvmsync's cannot prove that a stream is complete."
      })
  Format format = Format.BLKDELTA;

  @Mixin ReportOptions report;
  @Mixin SshSettings ssh;

  private final SourceOptions sourceOptions = new SourceOptions(Formats.CHANGES);
  private final Streams streams;
  private final Stop stop;

  DumpCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public SourceOptions sourceOptions() {
    return sourceOptions;
  }

  @Override
  public Integer call() throws IOException {
    if (streams.outIsTerminal()) {
      throw new UsageException("dump: standard output is a terminal; redirect it: dump … > FILE");
    }
    if (report.json) {
      throw new UsageException(
          "dump --json: standard output is the stream; use --receipt FILE for JSON");
    }
    var reporter = report.reporter(streams);
    if (reporter.receiptFile().filter(OutputFile::isStandardOutput).isPresent()) {
      throw new UsageException(
          "dump --receipt=-: standard output is the stream; name a file for the receipt");
    }
    var wanted = new Sources.Wanted(sources, false, sourceOptions.settings(), raw.raw);
    var parties = Run.Parties.of(wanted, "standard output", Treatment.USUAL);
    return Run.of(reporter, stop, Limit.NONE, parties, run -> dump(run, wanted), code -> code)
        .number();
  }

  private ExitCode dump(Run run, Sources.Wanted wanted) throws IOException {
    var inUse = use.request().use(streams::say);
    try (var opened = streams.sources(ssh.options(report.verbose)).open(wanted, inUse)) {
      var moved = Dump.of(run, opened.changes(), writer(), format == Format.BLKDELTA);
      moved.ifPresent(streams::say);
      return moved.isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE;
    }
  }

  private FrameSink writer() {
    return switch (format) {
      case BLKDELTA -> new FrameWriter(streams.data());
      case LVMSYNC -> new LvmsyncWriter(streams.data());
    };
  }
}
