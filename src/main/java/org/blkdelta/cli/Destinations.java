package org.blkdelta.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import org.blkdelta.disk.DeviceNumber;
import org.blkdelta.disk.DeviceUse;
import org.blkdelta.disk.DeviceUse.Reason;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.ExclusiveHold;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.Footing;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.wire.StreamHeader;

/// One destination on this host, with every check that comes before its first write.
final class Destinations implements DestinationOpener {

  private static final Path PROC = Path.of("/proc");
  private static final Path SYS = Path.of("/sys");

  private final Path path;
  private final DestinationOptions options;
  private final Consumer<String> warnings;

  Destinations(Path path, DestinationOptions options, Consumer<String> warnings) {
    this.path = path;
    this.options = options;
    this.warnings = warnings;
  }

  /// Returns what sources stand on, for the header of a live stream.
  static Footing footing(List<Path> paths) throws IOException {
    return Footing.of(paths, PROC, SYS);
  }

  /// Returns the destination's size in bytes, or -1 where there is none yet that can be opened.
  long size() {
    try {
      if (!Files.isRegularFile(path) && DeviceNumber.of(path).isEmpty()) {
        return -1; // opening a pipe would wait for its writer
      }
    } catch (IOException absent) {
      return -1;
    }
    try (var disk = FileDisk.forReading(path)) {
      return disk.size();
    } catch (IOException absent) {
      return -1;
    }
  }

  @Override
  public WritableDisk open(StreamHeader header) throws IOException {
    try {
      if (!Files.exists(path)) {
        return created(header);
      }
      checkKind();
      checkNotSource(header);
      checkUses();
      return opened(header.volumeSize());
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(
          SyncException.describe(fault) + "; the destination cannot be opened for writing", fault);
    }
  }

  private WritableDisk created(StreamHeader header) throws IOException {
    if (!options.create || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw refused("does not exist; make the volume first, or let --create make a file");
    }
    if (isDeviceFolder()) {
      throw refused("does not exist, and a file below /dev is no device; make the volume first");
    }
    if (header.volumeSize() == 0) {
      throw refused("cannot be created: this kind of stream does not say how large the volume is");
    }
    warnings.accept(
        path
            + ": is created, and will hold nothing but these changes: copy the volume"
            + " first if it should be whole");
    if (options.dryRun) {
      return new DryDisk(path.toString(), header.volumeSize());
    }
    try (var file =
        FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      file.write(ByteBuffer.allocate(1), header.volumeSize() - 1);
    }
    return opened(header.volumeSize());
  }

  private void checkKind() throws IOException {
    boolean device = DeviceNumber.of(path).isPresent();
    if (!device && !Files.isRegularFile(path)) {
      throw refused("is neither a block device nor a file; name one");
    }
    if (!device && isDeviceFolder()) {
      throw refused("is a file where a device should be, left by a mistake; remove it");
    }
  }

  private void checkNotSource(StreamHeader header) throws IOException {
    if (header.source().isPresent() && footing(List.of(path)).overlaps(header.source().get())) {
      throw refused(
          "is the source itself, or stands on the same device as it, or below it; name another");
    }
  }

  private void checkUses() throws IOException {
    for (var use : new DeviceUse(PROC, SYS).of(path)) {
      allow(use.reason(), use.words());
    }
  }

  private WritableDisk opened(long volumeSize) throws IOException {
    var hold = hold();
    try {
      var disk = FileDisk.forWriting(path, hold);
      if (disk.size() < volumeSize) {
        disk.close();
        throw refused(
            "has %d bytes, the volume %d; make it larger".formatted(disk.size(), volumeSize));
      }
      return options.dryRun ? dry(disk) : disk;
    } catch (IOException | RuntimeException fault) {
      hold.close();
      throw fault;
    }
  }

  private static WritableDisk dry(WritableDisk checked) throws IOException {
    checked.close();
    return new DryDisk(checked.name(), checked.size());
  }

  private Closeable hold() throws IOException {
    var hold = ExclusiveHold.of(path);
    if (hold.isPresent()) {
      return hold.get();
    }
    allow(Reason.HELD, "is open exclusively by another program, perhaps a second blkdelta");
    return () -> {};
  }

  private void allow(Reason reason, String words) throws RefusedException {
    if (!options.force.contains(reason)) {
      throw refused("%s; free it, or override that by --force=%s".formatted(words, reason.word()));
    }
    warnings.accept("%s: %s; overridden by --force=%s".formatted(path, words, reason.word()));
  }

  private boolean isDeviceFolder() {
    var absolute = path.toAbsolutePath().normalize();
    return absolute.startsWith("/dev") && !absolute.startsWith("/dev/shm");
  }

  private RefusedException refused(String words) {
    return new RefusedException(path + ": " + words);
  }
}
