package org.blkdelta.vmdk;

import java.io.IOException;
import java.util.BitSet;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.UnitWindow;
import org.blkdelta.failure.SourceException;

/// Finds two uses of one place of a file: each sector may belong to one table or grain only. Takes
/// a bit a sector, for a window of the file at a time: 64 MiB at most, so that a file of more than
/// 256 GiB is walked several times.
final class Claims {

  /// Says which sectors of the file something uses.
  @FunctionalInterface
  interface Walk {
    void run(Claims claims) throws IOException;
  }

  private final Disk file;
  private final BitSet windows = new BitSet();
  private UnitWindow window = new UnitWindow(0);

  private Claims(Disk file) {
    this.file = file;
  }

  /// Runs a walk over all that uses the file, as often as needed.
  ///
  /// @throws SourceException if a sector is used twice
  static void check(Disk file, Walk walk) throws IOException {
    var claims = new Claims(file);
    walk.run(claims);
    for (int next = claims.windows.nextSetBit(1); next > 0; ) {
      claims.window = new UnitWindow(next * UnitWindow.SPAN);
      walk.run(claims);
      next = claims.windows.nextSetBit(next + 1);
    }
  }

  /// Takes sectors that lie inside the file.
  void take(long startSector, long sectorCount) throws SourceException {
    long end = startSector + sectorCount;
    for (long sector = startSector; sector < end; sector++) {
      if (!window.covers(sector)) {
        windows.set((int) (sector / UnitWindow.SPAN));
      } else if (!window.add(sector)) {
        throw Fields.damaged(
            file.name(),
            sector * Fields.SECTOR,
            "this sector has two uses, of the header, the tables and the grains");
      }
    }
  }
}
