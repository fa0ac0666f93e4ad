package org.blkdelta.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.blkdelta.disk.Disk;

/// The bytes of an export. Reads are cut into requests of whole blocks, and many of these are under
/// way together. Threads may share it.
final class ExportDisk implements Disk {

  /// Bytes of a request: enough of them are under way to keep the server busy, and what comes back
  /// stays in the processor's cache.
  private static final int REQUEST = 256 << 10;

  private final String name;
  private final Export export;
  private final Transmission transmission;

  /// Creates one; closing it closes the transmission.
  ///
  /// @param name what messages call it
  ExportDisk(String name, Export export, Transmission transmission) {
    this.name = name;
    this.export = export;
    this.transmission = transmission;
  }

  /// Returns what the server said of it.
  Export export() {
    return export;
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
    var requests = new ArrayList<ReadRequest>();
    var edges = new ArrayList<Edge>();
    for (var read : reads) {
      checkInside(read);
      cut(read, requests, edges);
    }
    transmission.run(requests);
    edges.forEach(Edge::copy);
    reads.forEach(read -> read.dst().position(read.dst().limit()));
  }

  /// Asks what all selected contexts say of a range.
  ///
  /// @param offset a multiple of the block, as `length` is
  StatusRequest status(long offset, int length) throws IOException {
    var request = new StatusRequest(offset, length, new HashSet<>(export.contexts().values()));
    transmission.run(List.of(request));
    return request;
  }

  @Override
  public void close() throws IOException {
    transmission.close();
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
