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
import java.util.function.IntFunction;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.Frame;

/// Reads the new bytes of extents in batches. While one batch is handed on, by a thread of its own,
/// the next is read, and the one after that has begun. What is handed on is in order, and nothing
/// is before it was read. One thread uses it.
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

  private static final int MIN_BYTES = 64 << 10;

  private static final Disk.Reading NOTHING = () -> {};

  private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);

  private static final class Batch {
    final IntFunction<ByteBuffer> memory;
    final List<Extent> extents = new ArrayList<>();
    final List<Extent> unread = new ArrayList<>();
    ByteBuffer bytes = NO_BYTES;
    int wanted;
    int read;
    Disk.Reading reading = NOTHING;

    Batch(IntFunction<ByteBuffer> memory) {
      this.memory = memory;
    }

    int room() {
      return BATCH - wanted;
    }

    void add(Extent extent) {
      extents.add(extent);
      if (extent.kind() == Extent.Kind.DATA) {
        unread.add(extent);
        wanted += (int) extent.length();
      }
    }

    /// Begins what was put in since the last time, which is read by now.
    void begin(Disk disk) throws IOException {
      if (unread.isEmpty()) {
        return;
      }
      makeRoom();
      var reads = new ArrayList<Disk.Read>(unread.size());
      for (var extent : unread) {
        int end = read + (int) extent.length();
        reads.add(new Disk.Read(bytes.duplicate().limit(end).position(read), extent.offset()));
        read = end;
      }
      unread.clear();
      reading = disk.begin(reads);
    }

    /// Takes no more memory than it needs: to touch all of it costs more than most short runs do.
    private void makeRoom() {
      if (bytes.capacity() < wanted) {
        int size = Math.max(MIN_BYTES, Integer.highestOneBit(wanted - 1) << 1);
        bytes = memory.apply(Math.min(BATCH, size)).put(0, bytes, 0, read);
      }
    }

    void finish() throws IOException {
      reading.finish();
      reading = NOTHING;
    }

    void clear() {
      extents.clear();
      wanted = 0;
      read = 0;
    }
  }

  /// Something that is done to the disk.
  private interface Step {
    void run() throws IOException;
  }

  private final Disk disk;
  private final Taker taker;
  private final ExecutorService other =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("hand-on").daemon().factory());
  private Future<?> handedOn = CompletableFuture.completedFuture(null);
  private Batch filled;
  private Batch begun;
  private Batch leaving;

  /// Creates one that reads from `disk` into arrays; the caller closes both.
  ReadAhead(Disk disk, Taker taker) {
    this(disk, taker, ByteBuffer::allocate);
  }

  /// @param memory makes what is read into
  ReadAhead(Disk disk, Taker taker, IntFunction<ByteBuffer> memory) {
    this.disk = disk;
    this.taker = taker;
    this.filled = new Batch(memory);
    this.begun = new Batch(memory);
    this.leaving = new Batch(memory);
  }

  /// Puts an extent after the others. When a batch is full, it is begun, and the one before it is
  /// handed on.
  ///
  /// @throws SourceException if the disk cannot be read
  /// @throws IOException what the taker threw, of an earlier batch
  void add(Extent extent) throws IOException {
    if (extent.kind() == Extent.Kind.ZERO) {
      filled.add(extent);
    }
    for (long at = extent.offset(); extent.kind() == Extent.Kind.DATA && at < extent.end(); ) {
      int length = (int) Math.min(filled.room(), extent.end() - at);
      length = Math.min(length, Frame.MAX_BYTES);
      filled.add(new Extent(at, length, Extent.Kind.DATA));
      at += length;
      if (filled.room() == 0) {
        advance();
      }
    }
    if (filled.extents.size() >= MAX_EXTENTS) {
      advance();
    }
  }

  /// Reads what was put in and is not read yet, so that the source may check itself.
  void read() throws IOException {
    reading(
        () -> {
          filled.begin(disk);
          begun.finish();
          filled.finish();
        });
  }

  /// Hands on what is read, and returns when the taker has taken it all.
  void finish() throws IOException {
    advance();
    advance();
    await();
  }

  /// Waits until the taker has taken what it is about to; what it throws then is lost.
  @Override
  public void close() {
    other.close();
  }

  /// Begins the batch that was filled, and hands on the one that was begun before it.
  private void advance() throws IOException {
    reading(
        () -> {
          filled.begin(disk);
          begun.finish();
        });
    await();
    var next = begun;
    begun = filled;
    filled = leaving;
    leaving = next;
    handedOn =
        other.submit(
            () -> {
              handOn(next);
              return null;
            });
  }

  private static void reading(Step step) throws IOException {
    try {
      step.run();
    } catch (SourceException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  private void handOn(Batch batch) throws IOException {
    int start = 0;
    for (var extent : batch.extents) {
      int length = extent.kind() == Extent.Kind.ZERO ? 0 : (int) extent.length();
      taker.take(extent, batch.bytes.slice(start, length));
      start += length;
    }
    batch.clear();
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
