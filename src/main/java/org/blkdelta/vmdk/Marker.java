package org.blkdelta.vmdk;

import org.blkdelta.failure.SourceException;

/// The blocks of a compressed stream that are no grains: a sector that says what the sectors after
/// it are (*Virtual Disk Format 5.0*, "Stream-Optimized Compressed Sparse Extents").
enum Marker {
  END,
  TABLE,
  DIRECTORY,
  FOOTER,
  /// Written by newer ESX, documented nowhere: says how far the export is.
  PROGRESS;

  private static final int SIZE = 8;
  private static final int TYPE = 12;

  /// Returns what a sector whose size field is 0 marks.
  static Marker of(Fields sector) throws SourceException {
    long type = sector.u32(TYPE);
    sector.require(
        sector.u32(SIZE) == 0 && type < values().length, TYPE, "a marker of unknown type %d", type);
    return values()[(int) type];
  }

  /// Returns how many sectors follow it, as it says.
  static long sectors(Fields sector) {
    return sector.u64(0);
  }
}
