package org.blkdelta.stripes;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// Deals a stream over several connections: whichever is free takes the next block. One may be
/// added at any time. A connection that fails takes its block with it, so everything fails then:
/// the others end without their last block, so that the other end hears of it at once.
public final class StripedOutput extends OutputStream {

  /// Bytes of the name by which connections are joined.
  public static final int NAME_SIZE = 16;

  /// Bounds what waits: 4 MiB.
  private static final int WAITING = 16;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private record Block(long number, ByteBuffer bytes) {}

  private final OutputStream first;
  private final byte[] name;
  private final BlockingQueue<Block> waiting = new ArrayBlockingQueue<>(WAITING);
  private final List<Thread> lanes = new ArrayList<>();
  private volatile @Nullable IOException failure;
  private long number;
  private boolean begun;
  private boolean closed;

  /// Creates one that begins on `first`. Nothing is written before the first byte comes.
  ///
  /// @param name [#NAME_SIZE] bytes that nobody can guess, by which further connections are joined
  ///     to it
  public StripedOutput(OutputStream first, byte[] name) {
    this.first = first;
    this.name = name.clone();
  }

  /// Adds a connection that is joined to the first. It is closed with this; one that comes after
  /// that only says that it carried nothing.
  public synchronized void add(OutputStream lane) throws IOException {
    if (closed) {
      last(lane, number, 0);
      lane.close();
      return;
    }
    lanes.add(Thread.ofPlatform().daemon().name("stripes").start(() -> carry(lane)));
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    begin();
    for (int at = 0; at < length; at += Stripes.MAX_BYTES) {
      int count = Math.min(Stripes.MAX_BYTES, length - at);
      var bytes = ByteBuffer.allocate(count).put(from, offset + at, count).flip();
      put(new Block(number++, bytes));
    }
  }

  /// Ends the stream on all connections, and returns when they have taken everything.
  @Override
  public void close() throws IOException {
    List<Thread> all;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      all = List.copyOf(lanes);
    }
    if (all.isEmpty()) {
      first.close();
      return;
    }
    put(new Block(number, NOTHING));
    for (var lane : all) {
      join(lane);
    }
    checkFailure();
  }

  private void begin() throws IOException {
    if (begun) {
      return;
    }
    begun = true;
    first.write(Stripes.magic());
    first.write(name);
    first.flush();
    add(first);
  }

  private void put(Block block) throws IOException {
    checkFailure();
    try {
      waiting.put(block);
    } catch (InterruptedException stopped) {
      throw interrupted();
    }
  }

  private void checkFailure() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  /// Writes blocks to one connection until the last. After a failure they are dropped, so that
  /// nobody waits for this.
  private void carry(OutputStream lane) {
    try {
      long carried = 0;
      var block = waiting.take();
      for (; block.bytes().hasRemaining(); block = waiting.take()) {
        carry(lane, block);
        carried++;
      }
      waiting.put(block); // for the others
      end(lane, block.number(), carried);
    } catch (InterruptedException stopped) {
      failure = interrupted();
    }
  }

  private void carry(OutputStream lane, Block block) {
    try {
      if (failure == null) {
        var head = ByteBuffer.allocate(Stripes.HEAD_SIZE);
        head.putLong(block.number()).putInt(block.bytes().remaining());
        lane.write(head.array());
        lane.write(block.bytes().array());
        lane.flush();
      } else {
        lane.close();
      }
    } catch (IOException fault) {
      failed(fault);
    } catch (RuntimeException | Error bug) {
      failed(new IOException(bug.toString(), bug)); // or the writer would wait for this one
    }
  }

  private void end(OutputStream lane, long total, long carried) {
    try (lane) {
      if (failure == null) {
        last(lane, total, carried);
      }
    } catch (IOException fault) {
      failed(fault);
    }
  }

  private static void last(OutputStream lane, long total, long carried) throws IOException {
    var bytes = ByteBuffer.allocate(Stripes.HEAD_SIZE + Long.BYTES);
    lane.write(bytes.putLong(total).putInt(0).putLong(carried).array());
    lane.flush();
  }

  /// Fails, and has the connections end that wait for a block.
  private synchronized void failed(IOException fault) {
    if (failure == null) {
      failure = fault;
      waiting.clear();
      waiting.offer(new Block(0, NOTHING));
    }
  }

  private static void join(Thread lane) throws InterruptedIOException {
    try {
      lane.join();
    } catch (InterruptedException stopped) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }
}
