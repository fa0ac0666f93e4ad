package org.blkdelta.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.KnownExtents;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.Expectations;
import org.blkdelta.sync.Sender;
import org.blkdelta.sync.Start;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.StreamHeader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `blkdelta send`, which runs at the remote side where the source is there.
@Command(
    name = "send",
    mixinStandardHelpOptions = true,
    hidden = true,
    abbreviateSynopsis = true,
    description =
        "The remote side of sync, copy and verify with a source on another machine: writes a change"
            + " stream to standard output. Not for people.")
final class SendCommand implements Callable<Integer> {

  @Parameters(arity = "1..*", paramLabel = "SOURCE", description = "What to read.")
  List<String> sources;

  @Mixin SendOptions options;

  private final Streams streams;
  private final Stop stop;

  SendCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public Integer call() throws IOException {
    options.compression.check();
    try (var opened = open()) {
      send(opened.changes());
    }
    return ExitCode.DONE.number();
  }

  private OpenSource open() throws IOException {
    if (options.whole) {
      return volume(sources.getFirst());
    }
    for (var name : sources) {
      if (Location.parse(name).isRemote()) {
        throw new UsageException(name + ": is on a third machine; write ./ before a path");
      }
    }
    return Sources.open(sources, options.source, SshOptions.DEFAULT, streams);
  }

  private OpenSource volume(String name) throws IOException {
    if (!options.listed) {
      return Contents.openHere(name, options.source.chain, streams);
    }
    var extents = ListedExtents.read(streams.in());
    var volume = Contents.openHere(name, options.source.chain, streams);
    var some = new KnownExtents(volume.changes(), extents);
    return new OpenSource(some, SourceReport.NONE, volume.connection());
  }

  private void send(ChangeSource source) throws IOException {
    var header = StreamHeader.of(source, Optional.of(Destinations.footing(source.standsOn())));
    var out = options.compression.before(streams.data());
    var sink = stop.before(StandardOutput.of(new FrameWriter(out)));
    if (options.digests) {
      new Expectations(source, sink).send(header);
    } else {
      var check = options.base.check();
      new Sender(source, sink, () -> new Start(0, check)).send(header);
    }
  }
}
