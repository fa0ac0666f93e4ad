package org.blkdelta.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.failure.SyncException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.FarSender;
import org.blkdelta.run.Run;
import org.blkdelta.run.SendOrder;
import org.blkdelta.run.Stop;
import org.blkdelta.source.Formats;
import org.blkdelta.usage.Usage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `blkdelta send`, which runs at the remote side where the source is there.
@Usage(
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON
    })
@Command(
    name = "send",
    hidden = true,
    abbreviateSynopsis = true,
    description =
        "The remote side of sync, copy and verify with a source on another machine: writes a change"
            + " stream to standard output. Not for people.")
final class SendCommand implements Callable<Integer>, SourceOptions.Reading {

  @Parameters(arity = "1..*", paramLabel = "SOURCE", description = "What to read.")
  List<String> sources;

  @Mixin SendOptions options;
  @Mixin RawOption raw;

  private final SourceOptions sourceOptions = new SourceOptions(Formats.CHANGES);
  private final Streams streams;
  private final Stop stop;

  SendCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public SourceOptions sourceOptions() {
    return sourceOptions;
  }

  /// Returns what it was told, as it understood it.
  SendOrder order() throws SyncException {
    return options.order(sourceOptions.settings(), raw.raw);
  }

  @Override
  public Integer call() throws IOException {
    var told = Run.unrecorded(new Reporter(streams, Reporting.USUAL), stop);
    var moved = FarSender.of(told, order(), sources, streams);
    moved.ifPresent(streams::say);
    return (moved.isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE).number();
  }
}
