package org.blkdelta.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Frame;

/// Reads runs of a disk, several at a time, and says what a destination must hold there.
final class ExpectedReader implements ExtentSink {

  /// Takes what must be there.
  @FunctionalInterface
  interface Sink {
    void accept(Frame.Expect expect) throws IOException;
  }

  private final Disk disk;
  private final Sink sink;
  private final ByteBuffer batch = ByteBuffer.allocate(4 * Frame.MOST_BYTES);
  private final List<Extent> waiting = new ArrayList<>();
  private final List<Disk.Read> reads = new ArrayList<>();

  /// Creates one of a disk, which the caller closes.
  ExpectedReader(Disk disk, Sink sink) {
    this.disk = disk;
    this.sink = sink;
  }

  @Override
  public void accept(Extent extent) throws IOException {
    for (long at = extent.offset(); at < extent.end(); ) {
      int length = (int) Math.min(batch.remaining(), extent.end() - at);
      length = Math.min(length, Frame.MOST_BYTES);
      waiting.add(new Extent(at, length, extent.kind()));
      reads.add(new Disk.Read(batch.slice(batch.position(), length), at));
      batch.position(batch.position() + length);
      at += length;
      if (!batch.hasRemaining()) {
        finish();
      }
    }
  }

  @Override
  public void finish() throws IOException {
    read();
    int start = 0;
    for (var extent : waiting) {
      int length = (int) extent.length();
      sink.accept(Frame.Expect.of(extent.offset(), batch.slice(start, length)));
      start += length;
    }
    waiting.clear();
    batch.clear();
  }

  private void read() throws IOException {
    try {
      disk.readAll(reads);
    } catch (SourceException told) {
      throw told;
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the source cannot be read", fault);
    }
    reads.clear();
  }
}
