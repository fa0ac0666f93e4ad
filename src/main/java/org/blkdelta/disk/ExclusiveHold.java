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

  private final Closeable held;

  private ExclusiveHold(Closeable held) {
    this.held = held;
  }

  /// Takes hold of the destination, or returns empty where someone else holds it.
  public static Optional<ExclusiveHold> of(Path path) throws IOException {
    if (DeviceNumber.of(path).isEmpty()) {
      return lock(path);
    }
    try {
      return Optional.of(new ExclusiveHold(NativeFile.open(path, true)));
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

  private static Optional<ExclusiveHold> lock(Path file) throws IOException {
    var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      @Nullable FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(new ExclusiveHold(channel));
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
