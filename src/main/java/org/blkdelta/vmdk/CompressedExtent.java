package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;

/// An extent whose grains are compressed. A piece's position is its place in the extent, because
/// the place in the file says nothing about single sectors.
///
/// @param content what the grains inflate to; closing the extent closes it
record CompressedExtent(long sectors, GrainTables tables, Disk content, Facts facts)
    implements GrainMap {

  @Override
  public Piece at(long sector, long most) throws IOException {
    var piece = tables.at(sector, most);
    return piece instanceof Piece.Data
        ? new Piece.Data(piece.sectors(), content, sector * Fields.SECTOR)
        : piece;
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
