package org.blkdelta.disk;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.NativeException;
import org.blkdelta.linux.PageCache;

/// A file or block device through the page cache, for reading or for writing in place.
public final class FileDisk implements WritableDisk {

  /// After so many bytes the kernel is asked to write them out.
  private static final long PACE = 8 << 20;

  /// Read or written at once: the JDK copies it once more, and so much stays in the processor's
  /// cache meanwhile.
  private static final int WINDOW = 256 << 10;

  private final String name;
  private final FileChannel channel;
  private final long size;
  private final Zeroing zeroing;
  private final PageCache cache;
  private final Closeable hold;
  private final Readers readers = new Readers(this::read);
  private long waiting;

  private FileDisk(
      String name, FileChannel channel, Zeroing zeroing, PageCache cache, Closeable hold)
      throws IOException {
    this.name = name;
    this.channel = channel;
    this.size = channel.size();
    this.zeroing = zeroing;
    this.cache = cache;
    this.hold = hold;
  }

  /// Opens a file or device for reading; it must not change meanwhile below the page cache (see
  /// [DirectDisk] for those that do).
  ///
  /// @throws IOException if it is anything else: opening a FIFO would wait for its writer
  public static FileDisk forReading(Path path) throws IOException {
    DirectDisk.checkKind(path);
    return forReading(path, Zeroing.written());
  }

  /// Opens the same, and knows the holes of a file of this host.
  ///
  /// @throws IOException as the other
  public static FileDisk withHoles(Path path) throws IOException {
    DirectDisk.checkKind(path);
    return forReading(path, Zeroing.unused(path));
  }

  private static FileDisk forReading(Path path, Zeroing zeroing) throws IOException {
    return new FileDisk(
        path.toString(),
        FileChannel.open(path, StandardOpenOption.READ),
        zeroing,
        PageCache.none(),
        () -> {});
  }

  /// Opens an existing file or device for reading and writing. Its size stays as it is. What its
  /// cache has is forgotten, as far as it is not waiting to be written.
  ///
  /// @param path the file, or what was opened of it before (see [ExclusiveHold#path])
  /// @param hold what keeps other writers away; closed after the disk
  /// @param name what messages call it
  public static FileDisk forWriting(Path path, Closeable hold, String name) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      var disk = new FileDisk(name, channel, Zeroing.of(path), PageCache.of(path), hold);
      disk.cache.drop(); // it has what an earlier run could not write to a file, as if it had
      return disk;
    } catch (IOException | RuntimeException fault) {
      channel.close();
      throw fault;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    long at = offset;
    while (dst.hasRemaining()) {
      int count;
      try {
        count = channel.read(window(dst), at);
      } catch (IOException fault) {
        throw at(at, fault);
      }
      if (count < 0) {
        throw new EOFException(name + ": at byte " + at + ": ends here, too early");
      }
      dst.position(dst.position() + count);
      at += count;
    }
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    readers.readAll(reads);
  }

  @Override
  public long nextData(long offset) throws IOException {
    return zeroing.nextData(offset, size);
  }

  @Override
  public long nextHole(long offset) throws IOException {
    return zeroing.nextHole(offset, size);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    checkInside(offset, src.remaining());
    checkSize();
    waiting += src.remaining();
    long at = offset;
    while (src.hasRemaining()) {
      try {
        int count = channel.write(window(src), at);
        src.position(src.position() + count);
        at += count;
      } catch (IOException fault) {
        throw at(at, fault);
      }
    }
    if (waiting >= PACE) {
      cache.startWriting();
      waiting = 0;
    }
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    checkInside(offset, length);
    checkSize();
    try {
      zeroing.zero(this, offset, length);
    } catch (NativeException fault) {
      throw at(offset, fault);
    }
  }

  /// Flushes, and has the kernel forget what it wrote: whoever reads it reads the medium, and the
  /// page cache is left to others.
  @Override
  public void sync() throws IOException {
    checkSize();
    try {
      channel.force(true);
      cache.drop();
    } catch (IOException fault) {
      throw new IOException(
          name + ": flushing to the medium failed: " + SyncException.describe(fault), fault);
    }
  }

  @Override
  public void close() throws IOException {
    try (hold;
        zeroing;
        cache;
        readers) {
      channel.close();
    }
  }

  private static ByteBuffer window(ByteBuffer of) {
    return of.slice(of.position(), Math.min(of.remaining(), WINDOW));
  }

  /// Finds out whether somebody cut the file or grew it: a write after its end would hide that.
  private void checkSize() throws IOException {
    long now = channel.size();
    if (now != size) {
      throw new IOException(
          "%s: has %d bytes now, not the %d that it had: something else changed its size during the run"
              .formatted(name, now, size));
    }
  }

  private IOException at(long offset, IOException fault) {
    return new IOException(
        "%s: at byte %d: %s".formatted(name, offset, SyncException.describe(fault)), fault);
  }
}
