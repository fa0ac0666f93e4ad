package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;

/// An extent without a format of its own: sectors of a file.
///
/// @param start where in the file it begins, in bytes
/// @param content the file; closing the extent closes it
record FlatExtent(long sectors, long start, Disk content) implements GrainMap {

  @Override
  public Piece at(long sector, long most) {
    return new Piece.Data(
        Math.min(most, sectors - sector), content, start + sector * Fields.SECTOR);
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
