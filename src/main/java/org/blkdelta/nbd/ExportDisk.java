package org.blkdelta.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.net.ssl.SSLEngine;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// The bytes of an export. Reads are cut into requests of whole blocks, and many of these are under
/// way together. Threads may share it.
final class ExportDisk implements Disk {

  /// Bytes of a request: enough of them are under way to keep the server busy, and what comes back
  /// stays in the processor's cache.
  private static final int REQUEST = 256 << 10;

  private static final Optional<SSLEngine> NO_TLS = Optional.empty();

  private final String name;
  private final Side side;
  private final Export export;
  private final Transmission transmission;

  /// All connections, the first one too; only reads use the others.
  private final List<Transmission> connections = new ArrayList<>();

  /// How long a server may be silent.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /// The same of one that is told to flush what may have to go to a slow medium.
  private static final Duration PATIENCE_TO_FLUSH = Duration.ofMinutes(5);

  /// The same of one that is asked for one more connection.
  private static final Duration PATIENCE_FOR_MORE = Duration.ofSeconds(1);

  private static final int MAX_CONNECTIONS = 4;

  /// A smaller export is read over one connection.
  private static final int MIN_WIDE = 64 << 20;

  /// Connects, and opens an export; the caller closes it.
  ///
  /// @param wanted names of contexts, of which those are selected that the server has
  /// @throws ConnectionException if nothing answers
  /// @throws IOException as a fault of the side, if what answers has no such export
  static ExportDisk connect(ExportUri uri, Side side, List<String> wanted) throws IOException {
    return connect(uri, side, wanted, PATIENCE);
  }

  /// @param patience how long the server may be silent
  static ExportDisk connect(ExportUri uri, Side side, List<String> wanted, Duration patience)
      throws IOException {
    var each = side == Side.SOURCE ? patience : PATIENCE_TO_FLUSH;
    var disk = connect(uri, side, wanted, patience, each);
    boolean isFar = uri.socket().isEmpty();
    if (isFar
        && side == Side.SOURCE
        && disk.size() >= MIN_WIDE
        && disk.export.allowsConnections()) {
      try {
        disk.connectMore(uri, each);
      } catch (IOException | RuntimeException fault) {
        disk.close();
        throw fault;
      }
    }
    return disk;
  }

  /// @param handshake how long that may take
  /// @param each how long the server may be silent later
  private static ExportDisk connect(
      ExportUri uri, Side side, List<String> wanted, Duration handshake, Duration each)
      throws IOException {
    var engine = uri.tls().isPresent() ? Optional.of(uri.tls().get().engine(uri.text())) : NO_TLS;
    var channel = channel(uri, handshake);
    try {
      var disk = over(channel, uri, side, wanted, engine);
      channel.begun(each);
      return disk;
    } catch (IOException | RuntimeException fault) {
      channel.close();
      throw fault;
    }
  }

  /// Opens further connections. A server that has as many as it wants lets the next one wait, or
  /// refuses it, so that fewer will do; but what another one shows must be the same.
  private void connectMore(ExportUri uri, Duration each) throws IOException {
    while (connections.size() < MAX_CONNECTIONS) {
      ExportDisk other;
      try {
        other = connect(uri, side, List.of(), PATIENCE_FOR_MORE, each);
      } catch (IOException unwanted) {
        return;
      }
      connections.add(other.transmission);
      if (!export.isLike(other.export)) {
        throw fault("is another export over each connection; see the server's log");
      }
    }
  }

  /// Opens an export of a server that is connected, in the clear.
  ///
  /// @param channel closed with the disk; by the caller if this fails
  static ExportDisk over(ByteChannel channel, ExportUri uri, Side side, List<String> wanted)
      throws IOException {
    return over(channel, uri, side, wanted, NO_TLS);
  }

  private static ExportDisk over(
      ByteChannel channel, ExportUri uri, Side side, List<String> wanted, Optional<SSLEngine> tls)
      throws IOException {
    var connection = new Connection(uri.text(), side, channel);
    var export = new Handshake(connection, uri.export(), tls).run(wanted);
    var transmission = new Transmission(connection, export.isStructured());
    return new ExportDisk(uri.text(), side, export, transmission);
  }

  private static PatientChannel channel(ExportUri uri, Duration patience)
      throws ConnectionException {
    try {
      return PatientChannel.connect(uri.address(), patience);
    } catch (UnresolvedAddressException unknown) {
      throw new ConnectionException(
          uri.text() + ": the host " + uri.host() + " is unknown; check its name", unknown);
    } catch (IOException fault) {
      throw new ConnectionException(
          "%s: the server cannot be reached: %s; see whether it runs"
              .formatted(uri.text(), SyncException.describe(fault)),
          fault);
    }
  }

  /// Creates one; closing it closes the transmission.
  ///
  /// @param name what messages call it
  private ExportDisk(String name, Side side, Export export, Transmission transmission) {
    this.name = name;
    this.side = side;
    this.export = export;
    this.transmission = transmission;
    this.connections.add(transmission);
  }

  /// Returns what the server said of it.
  Export export() {
    return export;
  }

  /// Returns a fault of the server, to be thrown.
  ///
  /// @param what was found, and what to do
  IOException fault(String what) {
    return side.fault(name + ": " + what);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return export.size();
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    readAll(List.of(new Read(dst, offset)));
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    begin(reads).finish();
  }

  @Override
  public Reading begin(List<Read> reads) throws IOException {
    var requests = new ArrayList<ReadRequest>();
    var edges = new ArrayList<Edge>();
    for (var read : reads) {
      checkInside(read);
      cut(read, requests, edges);
    }
    int count = connections.size();
    var lasts = new long[count];
    for (int i = 0; i < count; i++) {
      lasts[i] = connections.get(i).ask(dealt(requests, i));
    }
    return () -> {
      for (int i = 0; i < count; i++) {
        connections.get(i).await(lasts[i]);
      }
      edges.forEach(Edge::copy);
      reads.forEach(read -> read.dst().position(read.dst().limit()));
    };
  }

  /// Asks what all selected contexts say of a range.
  ///
  /// @param offset a multiple of the block, as `length` is
  StatusRequest status(long offset, int length) throws IOException {
    var request = new StatusRequest(offset, length, new HashSet<>(export.contexts().values()));
    transmission.run(List.of(request));
    return request;
  }

  /// Writes whole blocks, or makes them read as zeros. That is done when a later call returns that
  /// waits for it: [#finish], or one that reads.
  ///
  /// @param request inside the disk
  void begin(WriteRequest request) throws IOException {
    transmission.begin(request, request::overlaps);
  }

  /// Returns when everything is answered that was begun, and then all of it is on the medium.
  void flush() throws IOException {
    transmission.run(List.of());
    transmission.run(List.of(WriteRequest.flush()));
  }

  /// Returns when everything is answered that was begun.
  void finish() throws IOException {
    transmission.run(List.of());
  }

  @Override
  public void close() throws IOException {
    for (var each : connections) {
      each.close();
    }
  }

  /// Returns the requests that one of the connections gets.
  private List<ReadRequest> dealt(List<ReadRequest> requests, int to) {
    int count = connections.size();
    return count == 1
        ? requests
        : IntStream.iterate(to, i -> i < requests.size(), i -> i + count)
            .mapToObj(requests::get)
            .toList();
  }

  private void checkInside(Read read) throws EOFException {
    long offset = read.offset();
    if (offset > size() || read.dst().remaining() > size() - offset) {
      throw new EOFException(
          "%s: at byte %d: ends at byte %d, too early".formatted(name, offset, size()));
    }
  }

  /// A part of a block that is wanted; the block is read whole.
  private record Edge(ByteBuffer block, int start, ByteBuffer dst) {

    void copy() {
      dst.put(block.slice(start, dst.remaining()));
    }
  }

  private void cut(Read read, List<ReadRequest> requests, List<Edge> edges) {
    int block = export.block();
    int most = Math.max(block, Math.min(REQUEST, export.maxPayload()) / block * block);
    var dst = read.dst();
    long offset = read.offset();
    for (int at = dst.position(); at < dst.limit(); ) {
      int left = dst.limit() - at;
      int start = (int) (offset % block);
      int length;
      if (start == 0 && left >= block) {
        length = Math.min(most, left / block * block);
        requests.add(new ReadRequest(offset, dst.slice(at, length)));
      } else {
        length = Math.min(block - start, left);
        var whole = ByteBuffer.allocate(block);
        requests.add(new ReadRequest(offset - start, whole));
        edges.add(new Edge(whole, start, dst.slice(at, length)));
      }
      at += length;
      offset += length;
    }
  }
}
