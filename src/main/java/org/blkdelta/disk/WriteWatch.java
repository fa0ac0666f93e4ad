package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceNumbers;
import org.blkdelta.linux.DeviceUse;

/// Tells whether a device or file was written to since this was made: of a device by the kernel's
/// I/O counters, which see every write and discard, also those that write the same again; of a file
/// by its times and size. Reading and flushing change neither. See the kernel's
/// Documentation/ABI/stable/sysfs-block, stat and inflight.
public final class WriteWatch {

  private static final Path SYS = Path.of("/sys");

  /// Words of `stat`: the sectors written and, since Linux 4.18, those discarded.
  private static final int SECTORS_WRITTEN = 6;

  private static final int SECTORS_DISCARDED = 13;

  /// The reads that have ended.
  private static final int READS = 0;

  private static final int PROBE = 4096;

  /// The kernel's coarse clock, which stamps files, ticks every 1 to 10 ms.
  private static final Duration TICK = Duration.ofMillis(20);

  /// Some file systems keep whole seconds, FAT every second one of them.
  private static final Duration COARSE_TICK = Duration.ofMillis(2100);

  private static final int MAX_LOOKS = 10;

  /// What is compared: sectors of a device, or what a file's inode says.
  private sealed interface Reading {
    record Sectors(long written, long discarded) implements Reading {}

    record Inode(FileTime modified, long size) implements Reading {}
  }

  private final Path path;
  private final Optional<Path> device;
  private final boolean wasBusy;
  private final Reading first;

  private WriteWatch(Path path, Optional<Path> device) throws IOException {
    this.path = path;
    this.device = device;
    this.first = device.isPresent() ? sectors(device.get()) : settledInode();
    this.wasBusy = isBusy();
    if (device.isEmpty()) {
      // a mapped page stamps the file when it becomes dirty, not while it is
      DirectDisk.flush(path);
    }
  }

  /// Begins to watch. What others wrote before should have been flushed: it counts when it gets to
  /// the device.
  ///
  /// @throws SourceException if the kernel does not count the device's writes
  public static WriteWatch of(Path path) throws IOException {
    return of(path, SYS, DeviceNumber::of);
  }

  static WriteWatch of(Path path, Path sys, DeviceNumbers numbers) throws IOException {
    var number = numbers.of(path);
    if (number.isEmpty()) {
      return new WriteWatch(path, Optional.empty());
    }
    var device = sys.resolve("dev/block").resolve(number.get().toString());
    checkCounted(path, device);
    return new WriteWatch(path, Optional.of(device));
  }

  /// Returns whether it was written to since. Dirty pages that others left count, too: they are
  /// written out first.
  public boolean isWritten() throws IOException {
    if (device.isPresent()) {
      DirectDisk.flush(path);
    }
    return wasBusy || isBusy() || !reading().equals(first);
  }

  private Reading reading() throws IOException {
    return device.isPresent() ? sectors(device.get()) : inode();
  }

  /// A write counts when it begins on some kernels, and on others when it has ended.
  private boolean isBusy() throws IOException {
    if (device.isEmpty() || Files.notExists(device.get().resolve("inflight"))) {
      return false;
    }
    var words = words(device.get().resolve("inflight"));
    return words.length > 1 && !words[1].equals("0");
  }

  private static Reading sectors(Path device) throws IOException {
    var words = words(device.resolve("stat"));
    long discarded =
        words.length > SECTORS_DISCARDED ? Long.parseUnsignedLong(words[SECTORS_DISCARDED]) : 0;
    return new Reading.Sectors(Long.parseUnsignedLong(words[SECTORS_WRITTEN]), discarded);
  }

  private Reading inode() throws IOException {
    return new Reading.Inode(Files.getLastModifiedTime(path), Files.size(path));
  }

  /// Returns what the inode says when a later write will change it: not within the clock's tick in
  /// which it was written to last.
  private Reading settledInode() throws IOException {
    var seen = (Reading.Inode) inode();
    for (int looks = 0; looks < MAX_LOOKS && isRecent(seen.modified().toInstant()); looks++) {
      pause(tick(seen.modified().toInstant()));
      seen = (Reading.Inode) inode();
    }
    return seen;
  }

  private static boolean isRecent(Instant modified) {
    return modified.plus(tick(modified)).isAfter(Instant.now());
  }

  private static Duration tick(Instant modified) {
    boolean isWhole = modified.truncatedTo(ChronoUnit.SECONDS).equals(modified);
    return isWhole ? COARSE_TICK : TICK;
  }

  private static void pause(Duration time) throws IOException {
    try {
      Thread.sleep(time);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }

  /// A partition has no queue of its own. Device-mapper's kernels up to 6.10 count although the
  /// switch is off; so it is tried, by a read past the page cache.
  private static void checkCounted(Path path, Path device) throws IOException {
    var disk =
        Files.exists(device.resolve("partition"))
            ? device.toRealPath().resolve("..").normalize()
            : device;
    var switched = disk.resolve("queue/iostats");
    if (Files.notExists(switched) || !DeviceUse.text(switched).strip().equals("0")) {
      return;
    }
    var before = words(device.resolve("stat"))[READS];
    try (var opened = DirectDisk.open(path)) {
      opened.read(ByteBuffer.allocate((int) Math.min(PROBE, opened.size())), 0);
    }
    if (words(device.resolve("stat"))[READS].equals(before)) {
      throw new SourceException(
          "%s: the kernel does not count what is written to it (%s is 0), so nothing tells whether it stays as it is while it is read; turn that on: echo 1 > %s"
              .formatted(path, switched, switched));
    }
  }

  private static String[] words(Path file) throws IOException {
    return DeviceUse.text(file).strip().split("\\s+");
  }
}
