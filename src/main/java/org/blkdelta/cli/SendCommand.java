package org.blkdelta.cli;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.KnownExtents;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.Expectations;
import org.blkdelta.sync.Heartbeat;
import org.blkdelta.sync.LiveWriter;
import org.blkdelta.sync.Sender;
import org.blkdelta.sync.Start;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.blkdelta.wire.FrameSink;
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
  @Mixin RawOption raw;

  private final Streams streams;
  private final Stop stop;

  SendCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  /// Returns the words that it was told, as it understood them.
  List<String> told() {
    raw.applied(options.source.chain);
    return options.words(sources);
  }

  @Override
  public Integer call() throws IOException {
    options.compression.check();
    raw.applied(options.source.chain);
    var writer = new FrameWriter(options.compression.before(streams.data()));
    greet(writer);
    try (var live = new LiveWriter(writer);
        var opened = open()) {
      send(opened.changes(), stop.before(StandardOutput.of(live)));
      var moved = opened.changes().movedOn();
      moved.ifPresent(streams::say);
      return (moved.isPresent() ? ExitCode.MOVED_ON : ExitCode.DONE).number();
    }
  }

  /// Says at once that it is at work: what is to be opened may take minutes.
  private static void greet(FrameWriter writer) throws ConnectionException {
    try {
      writer.greet();
    } catch (IOException closed) {
      throw new ConnectionException(
          "standard output: %s; the receiver has left".formatted(SyncException.describe(closed)),
          closed);
    }
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
    return Sources.open(
        sources, options.source, options.use.use(streams), SshOptions.DEFAULT, streams);
  }

  private OpenSource volume(String name) throws IOException {
    if (!options.listed) {
      return WholeVolumes.openHere(name, options.source.chain, streams);
    }
    var extents = ListedExtents.read(streams.in(Heartbeat.SILENCE));
    var volume = WholeVolumes.openHere(name, options.source.chain, streams);
    var some = new KnownExtents(volume.changes(), extents);
    return new OpenSource(some, SourceReport.NONE, volume.connection());
  }

  private void send(ChangeSource source, FrameSink sink) throws IOException {
    var footing = Destinations.footing(source.standsOn());
    var header = StreamHeader.of(source, Optional.of(footing)).told(told());
    if (options.digests) {
      new Expectations(source, sink).send(header);
    } else {
      new Sender(source, sink, () -> start(source)).send(header);
    }
  }

  /// Begins as the receiver says. Where standard input was a list, nobody has said anything.
  private Start start(ChangeSource source) throws IOException {
    if (options.listed) {
      return Start.PLAIN;
    }
    return Base.start(options.base, ready(), source);
  }

  private Answer.Ready ready() throws SyncException {
    try {
      var answers = new AnswerReader(streams.in(Heartbeat.SILENCE), "standard input");
      if (answers.first() instanceof Answer.Hello && answers.next() instanceof Answer.Ready ready) {
        return ready;
      }
    } catch (SyncException told) {
      throw told;
    } catch (EOFException left) {
      throw new ConnectionException(
          "standard input: the receiver left before it was ready; see there", left);
    } catch (IOException unread) {
      throw new ConnectionException(
          "standard input: cannot be read: %s; run again".formatted(SyncException.describe(unread)),
          unread);
    }
    throw new ConnectionException(
        "standard input: answers out of turn; install the same blkdelta on both");
  }
}
