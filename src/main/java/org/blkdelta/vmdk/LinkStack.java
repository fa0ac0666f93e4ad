package org.blkdelta.vmdk;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/// Links of a chain, one on the other: what a newer one has hides what older ones have. Grain sizes
/// may differ, so it counts in sectors. Threads must not share one.
final class LinkStack implements Closeable {

  private final List<Link> newestFirst;
  private final long belowSectors;

  /// Creates a stack of open links, which it closes.
  ///
  /// @param belowSectors the size of what the oldest link stands on: 0 where that is a base and
  /// stands on nothing, the largest `long` where nobody knows. What is behind it reads as zeros.
  LinkStack(List<Link> newestFirst, long belowSectors) {
    this.newestFirst = List.copyOf(newestFirst);
    this.belowSectors = belowSectors;
  }

  List<Link> newestFirst() {
    return newestFirst;
  }

  /// Returns the size of the newest link's disk.
  long sectors() {
    return newestFirst.getFirst().sectors();
  }

  /// Returns what holds from a sector on, for as long as it stays so; absent is what only the disk
  /// below has.
  ///
  /// @param sector less than [#sectors()]
  /// @param most how many sectors are asked for, at least 1; the piece is no longer
  Piece at(long sector, long most) throws IOException {
    long left = Math.min(most, sectors() - sector);
    for (var link : newestFirst) {
      if (sector >= link.sectors()) {
        return new Piece.Zero(left); // the disk was grown after this link was made
      }
      var piece = link.at(sector, Math.min(left, link.sectors() - sector));
      if (!(piece instanceof Piece.Absent)) {
        return piece;
      }
      left = piece.sectors();
    }
    return sector >= belowSectors
        ? new Piece.Zero(left)
        : new Piece.Absent(Math.min(left, belowSectors - sector));
  }

  @Override
  public void close() throws IOException {
    for (var link : newestFirst) {
      link.close();
    }
  }
}
