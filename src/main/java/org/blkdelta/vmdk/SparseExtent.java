package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;

/// An extent that a pair of tables describes: a file of any of the sparse formats.
///
/// @param file what the tables are of; closing the extent closes it
record SparseExtent(long sectors, GrainTables tables, Disk file, Facts facts) implements GrainMap {

  @Override
  public Piece at(long sector, long most) throws IOException {
    return tables.at(sector, most);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
