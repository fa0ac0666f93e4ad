package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.blkdelta.disk.Disk.Read;

/// Does reads of one disk several at a time, because a medium that is asked for one thing after the
/// other rests in between. They begin in the order in which they are given. The caller's thread
/// reads too, and of the others the one that was busy last comes first: if nothing has to be
/// waited for, few threads do it all, in few buffers, which stay in the processor's cache.
public final class Readers implements Closeable {

  /// Most reads that are under way together. Beyond this many, media gain little.
  static final int MAX_READS = 16;

  /// One of the reads.
  @FunctionalInterface
  public interface Reading {
    /// Fills a buffer from an offset on, in bytes.
    void read(ByteBuffer dst, long offset) throws IOException;
  }

  private final Reading reading;
  private final int most;
  private final ExecutorService threads;

  /// Creates some that each read by `reading`; the caller closes them.
  Readers(Reading reading) {
    this(reading, MAX_READS);
  }

  /// Creates some that each read by `reading`; the caller closes them.
  ///
  /// @param most reads that are under way together, at least 1
  public Readers(Reading reading, int most) {
    this.reading = reading;
    this.most = most;
    this.threads =
        new ThreadPoolExecutor(
            0,
            most,
            1,
            TimeUnit.MINUTES,
            new SynchronousQueue<>(),
            Thread.ofPlatform().name("reader").daemon().factory(),
            (read, all) -> read.run());
  }

  /// Returns when none is under way any more, and all are done.
  ///
  /// @throws IOException of one that failed
  public void readAll(List<Read> reads) throws IOException {
    if (reads.size() == 1) {
      reading.read(reads.getFirst().dst(), reads.getFirst().offset());
      return;
    }
    var next = new AtomicInteger();
    int shared = Math.min(most, reads.size());
    var shares =
        IntStream.rangeClosed(1, shared)
            .mapToObj(
                share ->
                    CompletableFuture.runAsync(
                        () -> readShare(reads, next), share < shared ? threads : Runnable::run))
            .toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(shares).join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof UncheckedIOException fault) {
        throw fault.getCause();
      }
      throw failed;
    }
  }

  @Override
  public void close() {
    threads.close();
  }

  /// Takes the next read as long as there is one; a failure leaves none to the others.
  private void readShare(List<Read> reads, AtomicInteger next) {
    try {
      for (int at = next.getAndIncrement(); at < reads.size(); at = next.getAndIncrement()) {
        reading.read(reads.get(at).dst(), reads.get(at).offset());
      }
    } catch (IOException fault) {
      next.set(reads.size());
      throw new UncheckedIOException(fault);
    }
  }
}
