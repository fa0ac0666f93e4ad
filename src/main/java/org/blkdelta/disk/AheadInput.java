package org.blkdelta.disk;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// A stream that a thread of its own reads ahead, so that the next bytes come while whoever takes
/// these works on them. What the thread fails with is thrown after the bytes that came before. One
/// thread takes.
public final class AheadInput extends InputStream {

  private static final int BLOCK = 256 << 10;
  private static final int BLOCKS = 4;

  /// Bytes that came together.
  private static final class Block {
    final byte[] bytes = new byte[BLOCK];
    int length;
    int taken;
    boolean last;
    @Nullable Throwable fault;

    boolean isTaken() {
      return taken == length;
    }

    void fill(InputStream in) {
      length = 0;
      taken = 0;
      try {
        while (length < BLOCK && !last) {
          int read = in.read(bytes, length, BLOCK - length);
          last = read < 0;
          length += Math.max(0, read);
        }
      } catch (IOException | RuntimeException | Error failed) { // or the other would wait for ever
        last = true;
        fault = failed;
      }
    }
  }

  private final BlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS + 1);
  private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS);
  private Block current = new Block();
  private volatile boolean closed;

  /// Begins to read a stream, which is closed when its end has come, or this is closed.
  public AheadInput(InputStream in) {
    for (int i = 0; i < BLOCKS; i++) {
      free.add(new Block());
    }
    Thread.ofPlatform().daemon().name("read-ahead").start(() -> read(in));
  }

  private void read(InputStream in) {
    try (in) {
      for (boolean last = false; !last; ) {
        var block = free.take();
        if (closed) {
          return;
        }
        block.fill(in);
        last = block.last;
        full.add(block);
      }
    } catch (IOException | InterruptedException nothingToTell) {
      // all that will be taken is handed over by now
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, to.length);
    if (length == 0) {
      return 0;
    }
    while (current.isTaken()) {
      if (current.last) {
        return end(current.fault);
      }
      next();
    }
    int count = Math.min(length, current.length - current.taken);
    System.arraycopy(current.bytes, current.taken, to, offset, count);
    current.taken += count;
    return count;
  }

  private static int end(@Nullable Throwable fault) throws IOException {
    if (fault instanceof IOException told) {
      throw told;
    }
    if (fault instanceof RuntimeException told) {
      throw told;
    }
    if (fault instanceof Error told) {
      throw told;
    }
    return -1;
  }

  private void next() throws IOException {
    try {
      var before = current;
      current = full.take();
      free.add(before);
    } catch (InterruptedException asked) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /// Has the stream closed as soon as a read that is under way returns; that is not waited for.
  @Override
  public void close() {
    closed = true;
    free.offer(current); // or the thread would wait for one
  }
}
