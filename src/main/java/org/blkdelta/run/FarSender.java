package org.blkdelta.run;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.KnownExtents;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.Streams;
import org.blkdelta.source.SourceUse;
import org.blkdelta.source.Sources;
import org.blkdelta.sync.Base;
import org.blkdelta.sync.Heartbeat;
import org.blkdelta.sync.LiveWriter;
import org.blkdelta.sync.Meter;
import org.blkdelta.sync.Start;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.blkdelta.wire.FrameWriter;

/// The far end of a run that reads: writes the stream to standard output, and begins as the
/// receiver says on standard input.
public final class FarSender {

  private final SendOrder order;
  private final List<String> names;
  private final Streams streams;

  private FarSender(SendOrder order, List<String> names, Streams streams) {
    this.order = order;
    this.names = names;
    this.streams = streams;
  }

  /// Sends what is asked for.
  ///
  /// @param names what is read
  /// @return in words that the source moved on meanwhile, if it did
  public static Optional<String> of(Run run, SendOrder order, List<String> names, Streams streams)
      throws IOException {
    var writer = new FrameWriter(order.packing().before(streams.data()));
    greet(writer);
    var sender = new FarSender(order, names, streams);
    try (var live = new LiveWriter(writer);
        var opened = sender.open()) {
      var source = opened.changes();
      var to = new StreamOutput(live, sender::ready);
      var words = order.words(names);
      run.move(
          order.isDigests()
              ? new Digested(source, words)
              : Changes.told(
                  source,
                  words,
                  ready ->
                      order.isListed() ? Start.PLAIN : Base.start(order.base(), ready, source)),
          to,
          Meter.NONE);
      return source.movedOn();
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
    var sources = streams.sources(SshOptions.DEFAULT);
    if (!order.isWhole()) {
      checkHere();
      return sources.open(wanted(names), order.use().use(streams::say));
    }
    var use = SourceUse.warned(streams::say);
    if (!order.isListed()) {
      return sources.openHere(wanted(names.subList(0, 1)), use);
    }
    var extents = ListedExtents.read(streams.in(Heartbeat.SILENCE));
    var volume = sources.openHere(wanted(names.subList(0, 1)), use);
    return volume.with(new KnownExtents(volume.changes(), extents));
  }

  private Sources.Wanted wanted(List<String> some) {
    return new Sources.Wanted(some, order.isWhole(), order.settings(), order.isRaw());
  }

  private void checkHere() throws UsageException {
    for (var name : names) {
      if (Location.parse(name).isRemote()) {
        throw new UsageException(name + ": is on a third machine; write ./ before a path");
      }
    }
  }

  /// Waits until the receiver is ready. One that was given a list, or compares, has said all.
  private Answer.Ready ready() throws SyncException {
    if (order.isListed() || order.isDigests()) {
      return new Answer.Ready();
    }
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
