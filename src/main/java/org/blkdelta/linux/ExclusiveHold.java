package org.blkdelta.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The right to be the only writer of a destination, kept until it is closed: a block device opened
/// with O_EXCL (which also keeps mounts and device mappers out), a file locked as a whole. Of a
/// loop device, its range of the file below is locked too: the same bytes have other names.
public final class ExclusiveHold implements Closeable {

  private static final Path SYS = Path.of("/sys");

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

  /// Returns whether a name is that of what is held.
  public boolean isAt(Path name) {
    try {
      var device = DeviceNumber.of(path);
      return device.isPresent()
          ? DeviceNumber.of(name).equals(device) // its node may have been made again
          : Files.isSameFile(name, path);
    } catch (IOException gone) {
      return false;
    }
  }

  /// Takes hold of the destination, or returns empty if someone else holds it. A device is locked
  /// too, as qemu does with those that it has open.
  public static Optional<ExclusiveHold> of(Path path) throws IOException {
    if (!DeviceNumber.isOnHost(path)) {
      return elsewhere(path);
    }
    try {
      var device = DeviceNumber.of(path);
      var home = device.isPresent() ? Home.of(device.get(), SYS) : Optional.<Home>empty();
      return home.isPresent() ? both(path, home.get()) : locked(path, device.isPresent(), 0, 0);
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

  private ExclusiveHold with(ExclusiveHold below) {
    return new ExclusiveHold(
        path,
        () -> {
          try (below) {
            held.close();
          }
        });
  }

  private static Optional<ExclusiveHold> both(Path device, Home home) throws IOException {
    var locked = locked(home.file(), false, home.start(), home.length());
    if (locked.isEmpty()) {
      return Optional.empty();
    }
    var below = locked.get();
    Optional<ExclusiveHold> above = Optional.empty();
    try {
      above = locked(device, true, 0, 0);
    } finally {
      if (above.isEmpty()) {
        below.close();
      }
    }
    return above.map(hold -> hold.with(below));
  }

  /// Opens a file and locks a range of it. The lock belongs to what was opened here: that other
  /// openers in this process come and go does not end it.
  private static Optional<ExclusiveHold> locked(
      Path path, boolean exclusive, long start, long length) throws IOException {
    var file = NativeFile.open(path, exclusive);
    boolean isLocked = false;
    try {
      isLocked = file.lock(start, length);
    } finally {
      if (!isLocked) {
        file.close();
      }
    }
    return isLocked ? Optional.of(of(file)) : Optional.empty();
  }

  /// Locks a file that system calls do not see.
  private static Optional<ExclusiveHold> elsewhere(Path file) throws IOException {
    var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      @Nullable FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(new ExclusiveHold(file, channel));
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
