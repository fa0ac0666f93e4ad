package org.blkdelta.destination;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.ForwardingWritableDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.disk.Zeros;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.Tally;

/// Saves what is about to be overwritten as a change stream of its own, durable before the
/// overwriting starts. What is saved comes in the order of the writes. Changes wait in batches of 8
/// MiB, so that a flush of the undo is paid once for many of them.
public final class UndoDisk extends ForwardingWritableDisk {

  private static final int BATCH = 8 << 20;

  /// What a change costs in memory beside its bytes, so that many tiny ones are bounded too.
  private static final int OVERHEAD = 128;

  /// Makes an undo durable up to here.
  @FunctionalInterface
  public interface Barrier {
    /// Returns when everything handed to the undo so far survives a power cut.
    void force() throws IOException;
  }

  /// A change that waits; zeros have no bytes.
  private record Change(long offset, long length, Optional<ByteBuffer> bytes) {}

  private final FrameSink undo;
  private final Barrier barrier;
  private final Closeable file;
  private final Tally tally = new Tally();
  private final List<Change> waiting = new ArrayList<>();
  private long waitingBytes;

  /// Puts an undo in front of `disk`, which is closed with this.
  ///
  /// @param undo takes the old bytes, and has taken its header
  /// @param barrier makes what `undo` took durable
  /// @param file what `undo` writes to; closed with this
  public UndoDisk(WritableDisk disk, FrameSink undo, Barrier barrier, Closeable file) {
    super(disk);
    this.file = file;
    this.undo = undo;
    this.barrier = barrier;
  }

  /// Ends the undo, durably: whatever was overwritten is in it.
  public void complete() throws IOException {
    undo.accept(new Frame.End(tally.sum()));
    barrier.force();
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    flush();
    super.read(dst, offset);
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    flush();
    super.readAll(reads);
  }

  @Override
  public long nextData(long offset) throws IOException {
    flush();
    return super.nextData(offset);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    checkInside(offset, src.remaining());
    var bytes = ByteBuffer.allocate(src.remaining()).put(src).flip();
    add(new Change(offset, bytes.remaining(), Optional.of(bytes)), bytes.remaining());
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    checkInside(offset, length);
    add(new Change(offset, length, Optional.empty()), length);
  }

  @Override
  public void sync() throws IOException {
    flush();
    super.sync();
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      super.close();
    }
  }

  private void add(Change change, long bytes) throws IOException {
    waiting.add(change);
    waitingBytes += bytes + OVERHEAD;
    if (waitingBytes >= BATCH) {
      flush();
    }
  }

  private void flush() throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    for (var change : waiting) {
      save(change);
    }
    barrier.force();
    for (var change : waiting) {
      if (change.bytes().isPresent()) {
        super.write(change.bytes().get(), change.offset());
      } else {
        super.zero(change.offset(), change.length());
      }
    }
    waiting.clear();
    waitingBytes = 0;
  }

  private void save(Change change) throws IOException {
    for (long done = 0; done < change.length(); ) {
      int length = (int) Math.min(Frame.MAX_BYTES, change.length() - done);
      var old = ByteBuffer.allocate(length);
      super.read(old, change.offset() + done);
      save(change.offset() + done, old.flip());
      done += length;
    }
  }

  private void save(long offset, ByteBuffer old) throws IOException {
    if (Zeros.fill(old)) {
      tally.zero(offset, old.remaining());
      undo.accept(new Frame.Zero(offset, old.remaining()));
    } else {
      tally.data(offset, old);
      undo.accept(new Frame.Data(offset, old));
    }
  }
}
