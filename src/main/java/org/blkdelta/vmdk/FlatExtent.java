package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;

/// An extent without a format of its own: sectors of a file.
///
/// @param start where in the file it begins, in bytes
/// @param content the file; closing the extent closes it
record FlatExtent(long sectors, long start, Disk content) implements GrainMap {

  /// A hole of the file reads as zeros; a sector of which only a part is one counts as data.
  @Override
  public Piece at(long sector, long most) throws IOException {
    long at = start + sector * Fields.SECTOR;
    long rest = Math.min(most, sectors - sector);
    long hole = (content.nextData(at) - at) / Fields.SECTOR;
    if (hole > 0) {
      return new Piece.Zero(Math.min(rest, hole));
    }
    long data = Math.ceilDiv(content.nextHole(at) - at, Fields.SECTOR);
    return new Piece.Data(Math.clamp(data, 1, rest), content, at);
  }

  @Override
  public Facts facts() {
    return new Facts("flat", 0, 0, 0, true, "");
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
