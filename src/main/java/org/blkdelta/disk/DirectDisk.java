package org.blkdelta.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.DeviceNumber;

/// A block device read past the page cache (O_DIRECT), because the kernel writes it below that
/// cache and a buffered read may be stale for ever. Any offset and length may be asked for.
public final class DirectDisk implements Disk {

  /// Right everywhere: no logical block is larger, and the JDK asks for its file store's unit.
  private static final int MIN_ALIGNMENT = 4096;

  /// As many are in use at once as there are readers.
  private static final int WINDOW = 256 << 10;

  /// The only name that the JDK has for O_DIRECT (module jdk.unsupported).
  static final OpenOption DIRECT = com.sun.nio.file.ExtendedOpenOption.DIRECT;

  private final String name;
  private final FileChannel channel;
  private final long size;
  private final int alignment;
  private final Queue<ByteBuffer> windows = new ConcurrentLinkedQueue<>();
  private final Readers readers = new Readers(this::read);

  private DirectDisk(String name, FileChannel channel, int alignment) throws IOException {
    this.name = name;
    this.channel = channel;
    this.size = channel.size();
    this.alignment = alignment;
  }

  /// Opens what the kernel may change below us: a block device with O_DIRECT, anything else (an
  /// image file) through the page cache, which is true there.
  public static Disk open(Path path) throws IOException {
    checkKind(path);
    if (DeviceNumber.of(path).isEmpty()) {
      return FileDisk.forReading(path);
    }
    long unit = Files.getFileStore(path).getBlockSize();
    return new DirectDisk(
        path.toString(),
        FileChannel.open(path, StandardOpenOption.READ, DIRECT),
        (int) Math.max(MIN_ALIGNMENT, unit));
  }

  /// Writes out the pages of a device that others have dirtied, so that what it changes is on it.
  public static void flush(Path path) throws IOException {
    checkKind(path);
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException fault) {
      throw new IOException(SyncException.describe(path, fault), fault);
    }
  }

  /// Opening a pipe would wait for its writer.
  static void checkKind(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path) && DeviceNumber.of(path).isEmpty()) {
      throw new IOException(path + ": is neither a block device nor a file");
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
    var free = windows.poll();
    var window =
        free == null ? ByteBuffer.allocateDirect(WINDOW + alignment).alignedSlice(alignment) : free;
    try {
      for (long at = offset; dst.hasRemaining(); ) {
        at += read(dst, at, window);
      }
    } finally {
      windows.add(window);
    }
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    readers.readAll(reads);
  }

  @Override
  public void close() throws IOException {
    readers.close();
    channel.close();
  }

  /// Reads the aligned window around `offset` and returns how many bytes of it went to `dst`.
  private int read(ByteBuffer dst, long offset, ByteBuffer window) throws IOException {
    long start = offset / alignment * alignment;
    int skip = (int) (offset - start);
    int wanted = (int) Math.min(window.capacity(), (long) skip + dst.remaining());
    int asked = (wanted + alignment - 1) / alignment * alignment;
    window.clear().limit(Math.min(asked, window.capacity() / alignment * alignment));
    int count;
    try {
      count = channel.read(window, start);
    } catch (IOException fault) {
      throw new IOException(
          "%s: at byte %d: %s".formatted(name, offset, SyncException.describe(fault)), fault);
    }
    if (count <= skip) {
      throw new EOFException(name + ": at byte " + offset + ": ends here, too early");
    }
    int given = Math.min(count - skip, dst.remaining());
    dst.put(window.slice(skip, given));
    return given;
  }
}
