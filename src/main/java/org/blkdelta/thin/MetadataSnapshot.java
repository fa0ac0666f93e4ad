package org.blkdelta.thin;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Children;
import org.blkdelta.host.DeviceMapper;
import org.blkdelta.linux.RunLock;
import org.jspecify.annotations.Nullable;

/// The metadata snapshot of a running pool: while it is held, the kernel leaves every block of the
/// trees alone that belonged to them when it was reserved. A pool has one only, and holding it
/// costs the pool space, so it is released on every way out, a signal's too. If the process is
/// killed outright, a note stays for the next run, which then releases it.
final class MetadataSnapshot implements Closeable {

  private static final String RESERVING = "reserving";
  private static final int MAX_TRIES = 600;
  private static final long PAUSE_MILLIS = 100;

  private final DeviceMapper deviceMapper;
  private final String pool;
  private final RunLock lock;
  private final Consumer<String> warnings;
  private final Thread hook;
  private boolean pending;
  private boolean stopped;
  private @Nullable PoolStatus status;

  private MetadataSnapshot(
      DeviceMapper deviceMapper, String pool, RunLock lock, Consumer<String> warnings) {
    this.deviceMapper = deviceMapper;
    this.pool = pool;
    this.lock = lock;
    this.warnings = warnings;
    this.hook = Thread.ofPlatform().name("release").unstarted(this::stop);
  }

  /// Reserves it. Waits a minute for another run that has it.
  ///
  /// @param pool the pool's device-mapper name
  /// @param locks the folder where runs lock pools
  /// @param id names the pool's lock
  /// @param warnings told in words where one was left behind by a run that was killed
  /// @throws SourceException if another program holds it, or the pool cannot be trusted
  static MetadataSnapshot reserve(
      DeviceMapper deviceMapper, String pool, Path locks, String id, Consumer<String> warnings)
      throws IOException {
    var snapshot = new MetadataSnapshot(deviceMapper, pool, lock(pool, locks, id), warnings);
    try {
      snapshot.hook();
      snapshot.take();
      return snapshot;
    } catch (IOException | RuntimeException fault) {
      try {
        snapshot.close();
      } catch (IOException also) {
        fault.addSuppressed(also);
      }
      throw fault;
    }
  }

  /// Returns what the kernel said of the pool when it was reserved.
  synchronized PoolStatus status() {
    if (status == null) {
      throw new IllegalStateException(pool + " has not been reserved");
    }
    return status;
  }

  /// Returns the block of the copied superblock.
  long root() {
    return status().heldRoot().orElseThrow();
  }

  /// Releases it. What was read may be used only where this returns.
  ///
  /// @throws SourceException if it was lost meanwhile, or cannot be released
  @Override
  public void close() throws IOException {
    try (lock) {
      synchronized (this) {
        if (stopped) {
          throw new SourceException("stopped by a signal before anything was written");
        }
        stopped = true;
        release();
      }
      unhook();
    }
  }

  private static RunLock lock(String pool, Path locks, String id) throws SourceException {
    try {
      for (int tries = 0; tries < MAX_TRIES; tries++) {
        var lock = RunLock.take(locks, id);
        if (lock.isPresent()) {
          return lock.get();
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (IOException fault) {
      throw new SourceException(
          "%s: cannot be locked: %s; run as root".formatted(pool, SyncException.describe(fault)),
          fault);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new SourceException(pool + ": interrupted while waiting for its lock", stopped);
    }
    throw new SourceException(
        pool + ": another blkdelta has been reading its metadata for a minute; wait for it");
  }

  private synchronized void take() throws IOException {
    if (stopped) {
      return; // close() says so
    }
    var before = PoolStatus.of(deviceMapper, pool);
    if (before.heldRoot().isPresent()) {
      releaseLeftOver(before.heldRoot().getAsLong());
    }
    lock.leave(RESERVING);
    pending = true;
    var outcome = deviceMapper.message(pool, "reserve_metadata_snap");
    if (outcome.status() == 1) {
      pending = false;
      lock.clear();
      throw new SourceException(
          "%s: the kernel gives no metadata snapshot: %s; see its log"
              .formatted(pool, outcome.complaint()));
    }
    var after = PoolStatus.of(deviceMapper, pool);
    if (after.heldRoot().isEmpty()) {
      throw new SourceException(
          "%s: no metadata snapshot came to be; dmsetup ended with status %d"
              .formatted(pool, outcome.status()));
    }
    lock.leave(Long.toString(after.heldRoot().getAsLong()));
    status = after;
  }

  /// One that was found in place shows the pool as it was when it was reserved, whenever that was.
  private void releaseLeftOver(long root) throws IOException {
    var note = lock.note().orElse("");
    if (!note.equals(RESERVING) && !note.equals(Long.toString(root))) {
      throw new SourceException(
          "%s: holds a metadata snapshot that is not ours (block %d); if no other program reads the pool: dmsetup message %s 0 release_metadata_snap"
              .formatted(pool, root, pool));
    }
    warnings.accept(pool + ": releases the metadata snapshot of an earlier run that was killed");
    pending = true;
    release();
  }

  private void release() throws IOException {
    if (!pending) {
      return;
    }
    var held = PoolStatus.of(deviceMapper, pool).heldRoot();
    if (held.isPresent() && (status == null || held.equals(status.heldRoot()))) {
      var outcome = deviceMapper.message(pool, "release_metadata_snap");
      if (outcome.status() != 0) {
        throw new SourceException(
            "%s: its metadata snapshot could not be released: %s; do it: dmsetup message %s 0 release_metadata_snap"
                .formatted(pool, outcome.complaint(), pool));
      }
    } else if (status != null) {
      pending = false;
      lock.clear();
      throw new SourceException(
          pool + ": its metadata snapshot was released by somebody else meanwhile; run again");
    }
    pending = false;
    lock.clear();
  }

  /// Runs when a signal ends the process, beside the thread that still reads.
  private synchronized void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    try {
      release();
    } catch (IOException fault) {
      warnings.accept(SyncException.describe(fault));
    }
  }

  private void hook() throws SourceException {
    try {
      Children.addHook(hook);
    } catch (IllegalStateException ending) {
      throw new SourceException("stopped by a signal before anything was written", ending);
    }
  }

  private void unhook() {
    try {
      Children.removeHook(hook);
    } catch (IllegalStateException ending) {
      // the hook runs, or has run: there is nothing left to release
    }
  }
}
