package org.blkdelta.sync;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;

/// Reads the new bytes of extents in batches. While one batch is handed on, by a thread of its own,
/// the next is read. What is handed on is in order, and nothing is before it was read. One thread
/// uses it.
final class ReadAhead implements AutoCloseable {

  /// Takes an extent and, if it has data, its bytes, which are the taker's until it returns.
  @FunctionalInterface
  interface Taker {
    void take(Extent extent, ByteBuffer bytes) throws IOException;
  }

  /// Bytes that are read together: a source that is far away, or has its bytes scattered over a
  /// file, can do them all at once.
  private static final int BATCH = 4 * Frame.MAX_BYTES;

  /// Bounds the list of extents that hold no bytes.
  private static final int MAX_EXTENTS = 1 << 14;

  private static final class Batch {
    final ByteBuffer bytes = ByteBuffer.allocate(BATCH);
    final List<Extent> extents = new ArrayList<>();
    final List<Disk.Read> reads = new ArrayList<>();
  }

  private final Disk disk;
  private final Taker taker;
  private final ExecutorService other =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("hand-on").daemon().factory());
  private Future<?> handedOn = CompletableFuture.completedFuture(null);
  private Batch filled = new Batch();
  private Batch leaving = new Batch();

  /// Creates one that reads from `disk`; the caller closes both.
  ReadAhead(Disk disk, Taker taker) {
    this.disk = disk;
    this.taker = taker;
  }

  /// Puts an extent after the others. When a batch is full, it is read and handed on.
  ///
  /// @throws SourceException if the disk cannot be read
  /// @throws IOException what the taker threw, of this batch or of the one before
  void add(Extent extent) throws IOException {
    if (extent.kind() == Extent.Kind.ZERO) {
      filled.extents.add(extent);
    }
    for (long at = extent.offset(); extent.kind() == Extent.Kind.DATA && at < extent.end(); ) {
      int length = (int) Math.min(filled.bytes.remaining(), extent.end() - at);
      length = Math.min(length, Frame.MAX_BYTES);
      filled.extents.add(new Extent(at, length, Extent.Kind.DATA));
      filled.reads.add(new Disk.Read(filled.bytes.slice(filled.bytes.position(), length), at));
      filled.bytes.position(filled.bytes.position() + length);
      at += length;
      if (!filled.bytes.hasRemaining()) {
        read();
        handOn();
      }
    }
    if (filled.extents.size() >= MAX_EXTENTS) {
      read();
      handOn();
    }
  }

  /// Reads what was put in and is not read yet, so that the source may check itself.
  void read() throws IOException {
    try {
      disk.readAll(filled.reads);
    } catch (SourceException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
    filled.reads.clear();
  }

  /// Hands on what is read, and returns when the taker has taken it all.
  void finish() throws IOException {
    handOn();
    await();
  }

  /// Waits until the taker has taken what it is about to; what it throws then is lost.
  @Override
  public void close() {
    other.close();
  }

  private void handOn() throws IOException {
    await();
    var batch = filled;
    filled = leaving;
    leaving = batch;
    handedOn =
        other.submit(
            () -> {
              handOn(batch);
              return null;
            });
  }

  private void handOn(Batch batch) throws IOException {
    int start = 0;
    for (var extent : batch.extents) {
      int length = extent.kind() == Extent.Kind.ZERO ? 0 : (int) extent.length();
      taker.take(extent, batch.bytes.slice(start, length));
      start += length;
    }
    batch.extents.clear();
    batch.bytes.clear();
  }

  private void await() throws IOException {
    try {
      handedOn.get();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException fault) {
        throw fault;
      }
      if (failed.getCause() instanceof RuntimeException bug) {
        throw bug;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }
}
