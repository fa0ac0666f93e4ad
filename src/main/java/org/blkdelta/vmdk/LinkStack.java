package org.blkdelta.vmdk;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/// Links of a chain, one on the other: what a newer one has hides what older ones have. Grain sizes
/// may differ, so it counts in sectors. Threads must not share one.
final class LinkStack implements Closeable {

  private final List<Link> newestFirst;
  private final long belowSectors;

  /// Creates a stack of open links, which it closes.
  ///
  /// @param belowSectors the size of what the oldest link stands on: 0 if that is a base and
  /// stands on nothing, the largest `long` if unknown. What is beyond it reads as zeros.
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

  /// Returns a way to look things up. Each has its own memory of where it was, so that a walk over
  /// the whole disk and reads in between do not disturb each other.
  Cursor cursor() {
    return new Cursor();
  }

  /// Looks up which link has what.
  final class Cursor {

    /// What each link had when it was asked last, and from where on: an old link with many pieces
    /// must not make a newer one look for its next one again and again.
    private final Piece[] pieces = new Piece[newestFirst.size()];

    private final long[] starts = new long[newestFirst.size()];

    private Cursor() {
      Arrays.fill(pieces, new Piece.Absent(0));
    }

    /// Returns what holds from a sector on, for as long as it stays so; absent is what only the
    /// disk below has.
    ///
    /// @param sector less than [LinkStack#sectors()]
    /// @param most how many sectors are asked for, at least 1; the piece is no longer
    Piece at(long sector, long most) throws IOException {
      long left = Math.min(most, sectors() - sector);
      for (int i = 0; i < pieces.length; i++) {
        long size = newestFirst.get(i).sectors();
        if (sector >= size) {
          return new Piece.Zero(left); // the disk was grown after this link was made
        }
        var piece = piece(i, sector, Math.min(left, size - sector));
        if (!(piece instanceof Piece.Absent)) {
          return piece;
        }
        left = piece.sectors();
      }
      return sector >= belowSectors
          ? new Piece.Zero(left)
          : new Piece.Absent(Math.min(left, belowSectors - sector));
    }

    private Piece piece(int link, long sector, long most) throws IOException {
      long skip = sector - starts[link];
      if (skip < 0 || skip >= pieces[link].sectors()) {
        pieces[link] = newestFirst.get(link).at(sector, most);
        starts[link] = sector;
        skip = 0;
      }
      return pieces[link].part(skip, most);
    }
  }

  @Override
  public void close() throws IOException {
    for (var link : newestFirst) {
      link.close();
    }
  }
}
