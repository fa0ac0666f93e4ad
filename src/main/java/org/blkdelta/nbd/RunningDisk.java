package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.ForwardingDisk;
import org.blkdelta.extent.ForwardingSource;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SourceException;

/// The disk of a running QEMU, as it was in one moment: what changed since the last round, or all.
final class RunningDisk extends ForwardingSource {

  private static final long BETWEEN_LOOKS_NANOS = 1_000_000_000;

  private final FrozenRound round;
  private final Disk disk;

  /// @param source what is exported; closed with this, as the round is
  RunningDisk(ExportSource source, FrozenRound round) {
    super(source);
    this.round = round;
    this.disk = new Roomy(source.disk());
  }

  @Override
  public Disk disk() {
    return disk;
  }

  @Override
  public Lineage lineage() {
    return round.lineage();
  }

  /// Returns what QEMU says that it reads, as far as that is a path here.
  @Override
  public List<Path> standsOn() {
    try {
      var file = Path.of(round.node().file());
      return file.isAbsolute() && Files.exists(file) ? List.of(file) : List.of();
    } catch (InvalidPathException nameless) {
      return List.of();
    }
  }

  @Override
  public void checkStillTrue() throws IOException {
    round.checkStillTrue();
  }

  @Override
  public void settle() {
    round.settle();
  }

  @Override
  public void close() throws IOException {
    try (round) {
      super.close();
    }
  }

  /// Stops reading before what the guest overwrites has no room any more: its writes would fail.
  private final class Roomy extends ForwardingDisk {

    private final Disk exported;
    private long last = System.nanoTime();

    Roomy(Disk disk) {
      super(disk);
      exported = disk;
    }

    @Override
    public Reading begin(List<Read> reads) throws IOException {
      checkRoom();
      return exported.begin(reads);
    }

    @Override
    public void readAll(List<Read> reads) throws IOException {
      checkRoom();
      super.readAll(reads);
    }

    private synchronized void checkRoom() throws IOException {
      if (System.nanoTime() - last > BETWEEN_LOOKS_NANOS) {
        last = System.nanoTime();
        long free = round.free();
        if (free < Scratch.MIN_FREE) {
          throw new SourceException(
              "%s: its scratch folder has only %s left, and when that is full, the guest's writes fail; stopped; name a folder with more room: scratch=FOLDER"
                  .formatted(name(), Sizes.binary(free)));
        }
      }
    }
  }
}
