package org.blkdelta.sync;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// What the other side says. A read for which nothing comes for too long ends the connection, with
/// whatever else waits for it, and fails.
public final class WatchedSilence extends InputStream {

  private final InputStream in;
  private final Duration limit;
  private final Runnable giveUp;
  private boolean watched;
  private boolean givenUp;
  private boolean over;
  private boolean waits;
  private long since;

  /// Creates one that reads `in`, and closes it.
  ///
  /// @param giveUp ends the connection, so that reads and writes fail
  public WatchedSilence(InputStream in, Duration limit, Runnable giveUp) {
    this.in = in;
    this.limit = limit;
    this.giveUp = giveUp;
  }

  /// Returns whether nothing came for too long.
  public synchronized boolean isGivenUp() {
    return givenUp;
  }

  /// Returns the words for that.
  public String words() {
    return "it said nothing for %d s; is its machine, its disk or the network stuck?"
        .formatted(limit.toSeconds());
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    begin();
    int count = -1;
    try {
      count = in.read(to, offset, length);
    } catch (IOException fault) {
      throw isGivenUp() ? new IOException(words(), fault) : fault;
    } finally {
      end(count);
    }
    if (count < 0 && isGivenUp()) {
      throw new IOException(words());
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    end(-1);
    in.close();
  }

  private synchronized void begin() {
    waits = true;
    since = System.nanoTime();
    if (!watched) {
      watched = true;
      Thread.ofPlatform().daemon().name("silence").start(this::watch);
    }
  }

  private synchronized void end(int count) {
    waits = false;
    if (count < 0) {
      over = true;
      notifyAll();
    }
  }

  private void watch() {
    try {
      awaitSilence();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    if (isGivenUp()) {
      giveUp.run();
    }
  }

  /// Returns when a read has waited too long, or nothing more is read.
  private synchronized void awaitSilence() throws InterruptedException {
    while (!over && !givenUp) {
      long left = limit.toNanos() - (waits ? System.nanoTime() - since : 0);
      givenUp = left <= 0;
      if (!givenUp) {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
      }
    }
  }
}
