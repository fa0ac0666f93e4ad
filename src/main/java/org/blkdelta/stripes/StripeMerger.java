package org.blkdelta.stripes;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.blkdelta.failure.ConnectionException;
import org.jspecify.annotations.Nullable;

/// Puts the blocks of several connections in order. A connection that is ahead of the others waits,
/// so memory is bounded whatever comes. Every block comes over a connection that was added before
/// the block was dealt to it; so what none of those that are left can bring is lost.
final class StripeMerger extends InputStream {

  /// Blocks from the next one on that may be there already: 16 MiB.
  private static final int AHEAD = 64;

  private static final long UNKNOWN = -1;

  private final Map<Long, byte[]> blocks = new HashMap<>();

  /// The numbers of the blocks that are too far ahead, of which each holds up its connection.
  private final List<Long> held = new ArrayList<>();

  private final Duration silence;
  private long next;
  private long total = UNKNOWN;
  private int lanes;
  private long heard = System.nanoTime();
  private @Nullable IOException failure;
  private byte[] current = new byte[0];
  private int at;

  /// Creates one without a connection.
  ///
  /// @param silence how long nothing may come over any connection while something is waited for
  StripeMerger(Duration silence) {
    this.silence = silence;
  }

  /// Adds a connection. Nobody closes it: what it is part of ends.
  synchronized void add(InputStream lane) {
    lanes++;
    Thread.ofPlatform().daemon().name("stripes").start(() -> collect(lane));
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (at == current.length && length > 0) {
      var block = next();
      if (block == null) {
        return -1;
      }
      current = block;
      at = 0;
    }
    int count = Math.min(length, current.length - at);
    System.arraycopy(current, at, to, offset, count);
    at += count;
    return count;
  }

  /// Lets nothing more come.
  @Override
  public void close() {
    fail(new IOException("closed"));
  }

  private byte @Nullable [] next() throws IOException {
    try {
      return take();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /// Collects the blocks of one connection up to its last, which says how many it carried. An end
  /// without that is none: blocks may have been under way.
  private void collect(InputStream from) {
    try {
      var lane = new DataInputStream(new HeardInput(from));
      long last = -1;
      for (long carried = 0; ; carried++) {
        long number = lane.readLong();
        int length = lane.readInt();
        if (length == 0) {
          end(number, lane.readLong() == carried);
          return;
        }
        if (number <= last || length < 0 || length > Stripes.MAX_BYTES) {
          throw damaged();
        }
        var bytes = new byte[length];
        lane.readFully(bytes);
        put(number, bytes);
        last = number;
      }
    } catch (EOFException cut) {
      fail(new ConnectionException("one of the connections was lost"));
    } catch (IOException fault) {
      fail(fault);
    } catch (InterruptedException stopped) {
      fail(new InterruptedIOException("interrupted"));
    } catch (RuntimeException | Error bug) {
      fail(new IOException(bug.toString(), bug)); // or the others would wait for this one
    }
  }

  private synchronized void put(long number, byte[] bytes)
      throws IOException, InterruptedException {
    if (number - next >= AHEAD) {
      held.add(number);
      notifyAll();
      while (number - next >= AHEAD && failure == null) {
        wait();
      }
      held.remove(number);
    }
    if (failure != null) {
      throw failure;
    }
    if (total != UNKNOWN && number >= total) {
      throw damaged();
    }
    if (number < next || blocks.putIfAbsent(number, bytes) != null) {
      throw new IOException("a block came twice");
    }
    notifyAll();
  }

  private synchronized void end(long count, boolean isWhole) throws IOException {
    if (count < 0 || !isWhole) {
      throw damaged();
    }
    if (total != UNKNOWN && total != count) {
      throw new IOException("its connections end differently");
    }
    total = count;
    lanes--;
    notifyAll();
  }

  private synchronized void fail(IOException fault) {
    failure = failure == null ? fault : failure;
    notifyAll();
  }

  private static IOException damaged() {
    return new IOException("a block of a connection is damaged");
  }

  /// Returns the next block, or null at the end. What is in order comes before a failure.
  private synchronized byte @Nullable [] take() throws IOException, InterruptedException {
    for (long began = System.nanoTime(); ; ) {
      if (next == total) {
        return null;
      }
      var block = blocks.remove(next);
      if (block != null) {
        next++;
        notifyAll();
        return block;
      }
      if (failure != null) {
        throw failure;
      }
      checkMissing();
      await(Math.max(began - System.nanoTime(), heard - System.nanoTime()));
    }
  }

  /// Refuses to wait for a block that cannot come: all connections have ended, or are held up by
  /// blocks that were dealt later.
  private void checkMissing() throws IOException {
    if (lanes == 0) {
      throw new EOFException("its connections ended too early");
    }
    if (held.size() == lanes && held.stream().allMatch(number -> number - next >= AHEAD)) {
      throw new ConnectionException("a block of a connection is missing");
    }
  }

  /// @param sinceHeard nanoseconds that have passed since anything came, with a minus
  private void await(long sinceHeard) throws IOException, InterruptedException {
    long left = silence.toNanos() + sinceHeard;
    if (left <= 0) {
      throw new ConnectionException(
          "nothing came over its connections for %d s".formatted(silence.toSeconds()));
    }
    TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
  }

  /// Notes when a connection last brought anything.
  private final class HeardInput extends InputStream {

    private final InputStream in;

    HeardInput(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int count = in.read(to, offset, length);
      synchronized (StripeMerger.this) {
        heard = System.nanoTime();
      }
      return count;
    }
  }
}
