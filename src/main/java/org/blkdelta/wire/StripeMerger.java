package org.blkdelta.wire;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PushbackInputStream;
import java.util.HashMap;
import java.util.Map;
import org.blkdelta.failure.ConnectionException;
import org.jspecify.annotations.Nullable;

/// Puts the blocks of several connections in order. A connection that is ahead of the others waits,
/// so memory is bounded whatever comes.
final class StripeMerger extends InputStream {

  /// Blocks from the next one on that may be there already: 16 MiB.
  private static final int AHEAD = 64;

  private static final long UNKNOWN = -1;

  private final Map<Long, byte[]> blocks = new HashMap<>();
  private long next;
  private long total = UNKNOWN;
  private int lanes;
  private @Nullable IOException failure;
  private byte[] current = new byte[0];
  private int at;

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

  private byte @Nullable [] next() throws IOException {
    try {
      return take();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private void collect(InputStream from) {
    try {
      var begun = new PushbackInputStream(from);
      int one = begun.read();
      if (one < 0) {
        leave();
        return;
      }
      begun.unread(one);
      var lane = new DataInputStream(begun);
      while (true) {
        long number = lane.readLong();
        int length = lane.readInt();
        if (number < 0 || length < 0 || length > Stripes.MOST_BYTES) {
          throw new IOException("a block of a connection is damaged");
        }
        if (length == 0) {
          end(number);
          return;
        }
        var bytes = new byte[length];
        lane.readFully(bytes);
        put(number, bytes);
      }
    } catch (EOFException cut) {
      fail(new ConnectionException("one of the connections was lost"));
    } catch (IOException fault) {
      fail(fault);
    } catch (InterruptedException stopped) {
      fail(new InterruptedIOException("interrupted"));
    }
  }

  private synchronized void put(long number, byte[] bytes)
      throws IOException, InterruptedException {
    while (number - next >= AHEAD && failure == null) {
      wait();
    }
    if (failure != null) {
      throw failure;
    }
    if (number < next || blocks.putIfAbsent(number, bytes) != null) {
      throw new IOException("a block came twice");
    }
    notifyAll();
  }

  private synchronized void end(long count) throws IOException {
    if (total != UNKNOWN && total != count) {
      throw new IOException("its connections end differently");
    }
    total = count;
    leave();
  }

  /// Does without a connection: all that it carried has come, or it never carried anything.
  private synchronized void leave() {
    lanes--;
    notifyAll();
  }

  private synchronized void fail(IOException fault) {
    failure = failure == null ? fault : failure;
    notifyAll();
  }

  /// Returns the next block, or null at the end. What is in order comes before a failure.
  private synchronized byte @Nullable [] take() throws IOException, InterruptedException {
    while (true) {
      var block = blocks.remove(next);
      if (block != null) {
        next++;
        notifyAll();
        return block;
      }
      if (failure != null) {
        throw failure;
      }
      if (next == total) {
        return null;
      }
      if (lanes == 0) {
        throw new EOFException("its connections ended too early");
      }
      wait();
    }
  }
}
