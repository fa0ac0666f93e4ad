package org.blkdelta.cli;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UnconfirmedException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.sync.Requested;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.PackedInput;

/// A `blkdelta send` that runs on another host: its stream is its standard output, and why a stream
/// is cut its exit status. Closing it ends the connection.
final class RemoteSource implements Closeable {

  /// What is done with the stream.
  @FunctionalInterface
  interface Reading<T> {
    T of(FrameSource stream) throws IOException;
  }

  private final String name;
  private final RemoteDestination peer;
  private final SendOptions options;
  private final OptionalLong asked;
  private long wireBytes;
  private boolean ended;

  private RemoteSource(
      Location source, RemoteDestination peer, SendOptions options, OptionalLong asked) {
    this.name = source.toString();
    this.peer = peer;
    this.options = options;
    this.asked = asked;
  }

  /// Connects, and starts a sender there.
  static RemoteSource start(
      Location source, SendOptions options, SshOptions ssh, RemoteOptions remote, Streams streams)
      throws IOException {
    var peer = connect(source, options, ssh, remote, streams);
    return new RemoteSource(source, peer, options, OptionalLong.empty());
  }

  /// Connects, and has some extents of a volume sent.
  static RemoteSource ofExtents(
      Location source,
      ChainOptions chain,
      List<Extent> extents,
      SshOptions ssh,
      RemoteOptions remote,
      Streams streams)
      throws IOException {
    var options = SendOptions.listed(chain);
    var peer = connect(source, options, ssh, remote, streams);
    try {
      ListedExtents.write(extents, peer.toPeer());
    } catch (IOException broken) {
      try (peer) {
        throw new ConnectionException(peer.name() + ": " + peer.whyItEnded(), broken);
      }
    }
    long bytes = extents.stream().mapToLong(Extent::length).sum();
    return new RemoteSource(source, peer, options, OptionalLong.of(bytes));
  }

  private static RemoteDestination connect(
      Location source, SendOptions options, SshOptions ssh, RemoteOptions remote, Streams streams)
      throws IOException {
    var host = source.host().orElseThrow();
    var words = new ArrayList<>(List.of("send"));
    words.addAll(options.words());
    words.addAll(List.of("--", source.path()));
    var questions = new TerminalQuestions(streams, host.toString());
    var process = RemoteShell.start(host, remote.line(words), ssh, questions);
    return new RemoteDestination(host.toString(), process);
  }

  /// Returns the source as the user named it.
  String name() {
    return name;
  }

  /// Returns how many bytes a stream will have; 0 where nobody knows.
  long expectedBytes(FrameSource stream) throws IOException {
    return options.whole ? asked.orElse(stream.header().volumeSize()) : 0;
  }

  /// Returns how many bytes have come.
  long wireBytes() {
    return wireBytes;
  }

  /// Returns a sink that holds the sender to what it was asked for.
  FrameSink checked(FrameSink next) {
    return options.whole ? new Requested(next, asked) : next;
  }

  /// Has the stream read to its end.
  ///
  /// @return what the reading returned, where the remote side did all its work
  /// @throws SyncException of the remote side's own kind where it failed before anything was
  /// written
  <T> T read(Reading<T> reading) throws IOException {
    var stream = open();
    T result;
    try {
      result = reading.of(stream);
    } catch (SourceException unwritten) {
      throw ended ? failure(unwritten) : unwritten;
    } catch (IncompleteException cut) {
      throw ended
          ? new IncompleteException(cut.getMessage() + " (" + peer.whyItEnded() + ")", cut)
          : cut;
    }
    if (process().exitStatus() != 0) {
      throw new UnconfirmedException(
          "%s: sent everything, but then failed: %s; run again"
              .formatted(peer.name(), peer.whyItEnded()));
    }
    return result;
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }

  /// Reads the beginning. A format that cannot prove that it is complete is none for a connection.
  private FrameSource open() throws IOException {
    try {
      var stream = FrameSource.open(unpacked(), peer.name());
      if (stream.provesCompleteness()) {
        stream.header();
        return stream;
      }
    } catch (SourceException bad) {
      if (ended && process().exitStatus() != 0) {
        throw failure(bad);
      }
    } catch (IOException lost) {
      throw new ConnectionException(
          peer.name() + ": the connection broke: " + SyncException.describe(lost), lost);
    }
    throw new ConnectionException(
        peer.name()
            + ": the remote side printed something else than a stream; make shell start-up files"
            + " silent for non-interactive shells, and install the same blkdelta on both");
  }

  private InputStream unpacked() {
    var in = new NotingInput(peer.fromPeer());
    return options.compression.isWanted() ? new PackedInput(in, peer.name()) : in;
  }

  private RemoteProcess process() {
    return peer.process();
  }

  /// The stream is cut because the remote side failed, and nothing was written.
  private SyncException failure(SourceException cut) throws IOException {
    if (process().exitStatus() == 0) {
      return cut; // it says that all is well, and so knows less
    }
    var why = peer.name() + ": " + peer.whyItEnded();
    return switch (Answer.Kind.ofCode(process().exitStatus()).orElse(Answer.Kind.CONNECTION)) {
      case SOURCE -> new SourceException(why, cut);
      case USAGE, REFUSED, CONNECTION, INCOMPLETE, UNCONFIRMED -> new ConnectionException(why, cut);
    };
  }

  /// Notes how long the stream is, and its end, by whatever comes of it.
  private final class NotingInput extends FilterInputStream {

    NotingInput(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      try {
        int count = in.read(to, offset, length);
        ended |= count < 0;
        wireBytes += Math.max(0, count);
        return count;
      } catch (IOException lost) {
        ended = true;
        throw lost;
      }
    }
  }
}
