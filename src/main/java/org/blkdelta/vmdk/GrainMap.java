package org.blkdelta.vmdk;

import java.io.Closeable;
import java.io.IOException;

/// One extent of a link: which of its sectors it has, and where. Sectors count from the extent's
/// own first one. Threads must not share one.
interface GrainMap extends Closeable {

  /// Returns how many sectors it has.
  long sectors();

  /// Returns what holds from a sector on, for as long as it stays so.
  ///
  /// @param sector less than [#sectors()]
  /// @param most how many sectors are asked for, at least 1; the piece is no longer
  Piece at(long sector, long most) throws IOException;

  /// Returns what there is to say about it.
  Facts facts();

  /// What there is to say about an extent.
  ///
  /// @param format the words for its format
  /// @param grainSectors the unit in which it holds content; 0 if it has no tables
  /// @param dataGrains how many grains have content
  /// @param zeroGrains how many read as zeros
  /// @param clean whether it was closed properly, as far as its header says
  /// @param tables a digest of which grains it holds, and where; empty if it holds none, or has
  ///     no tables
  record Facts(
      String format,
      long grainSectors,
      long dataGrains,
      long zeroGrains,
      boolean clean,
      String tables) {}
}
