package org.blkdelta.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The right to be the only writer of a destination, kept until it is closed: a block device opened
/// with O_EXCL (which also keeps mounts and device mappers out), a file locked as a whole.
public final class ExclusiveHold implements Closeable {

  private final Path path;
  private final Closeable held;

  private ExclusiveHold(Path path, Closeable held) {
    this.path = path;
    this.held = held;
  }

  /// Holds the destination open without keeping anybody away.
  public static ExclusiveHold shared(Path path) throws IOException {
    return DeviceNumber.isOnHost(path)
        ? of(NativeFile.open(path, false))
        : new ExclusiveHold(path, () -> {});
  }

  /// Returns a path to the very file that is held, whatever becomes of the name that it was opened
  /// by: every check, and every other open, goes through it.
  public Path path() {
    return path;
  }

  /// Takes hold of the destination, or returns empty where someone else holds it. A device is
  /// locked too, as qemu does with those that it has open.
  public static Optional<ExclusiveHold> of(Path path) throws IOException {
    if (!DeviceNumber.isOnHost(path)) {
      return lock(path).map(lock -> new ExclusiveHold(path, lock));
    }
    try {
      return locked(of(NativeFile.open(path, DeviceNumber.of(path).isPresent())));
    } catch (NativeException refused) {
      if (refused.errno() == NativeFile.EBUSY) {
        return Optional.empty();
      }
      throw new IOException(path + ": " + refused.getMessage(), refused);
    }
  }

  @Override
  public void close() throws IOException {
    held.close();
  }

  private static ExclusiveHold of(NativeFile file) {
    return new ExclusiveHold(file.path(), file);
  }

  private static Optional<ExclusiveHold> locked(ExclusiveHold open) throws IOException {
    var lock = lock(open.path);
    if (lock.isEmpty()) {
      open.close();
      return Optional.empty();
    }
    return Optional.of(
        new ExclusiveHold(
            open.path,
            () -> {
              try (open) {
                lock.get().close();
              }
            }));
  }

  private static Optional<FileChannel> lock(Path file) throws IOException {
    var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      @Nullable FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(channel);
      }
    } catch (OverlappingFileLockException ownLock) {
      // held by another run in this process: the same answer as for another process
    } catch (IOException | RuntimeException fault) {
      channel.close();
      throw fault;
    }
    channel.close();
    return Optional.empty();
  }
}
