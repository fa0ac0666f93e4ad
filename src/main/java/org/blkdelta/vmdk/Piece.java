package org.blkdelta.vmdk;

import org.blkdelta.disk.Disk;

/// A run of sectors that has its content in one way and in one place.
sealed interface Piece {

  /// Returns how many sectors it has, at least 1.
  long sectors();

  /// Returns what remains without its first sectors, and is no longer than asked.
  Piece part(long skip, long most);

  /// Not here: in the parent, or nowhere, which reads as zeros.
  record Absent(long sectors) implements Piece {
    @Override
    public Absent part(long skip, long most) {
      return new Absent(Math.min(sectors - skip, most));
    }
  }

  /// Nowhere: it reads as zeros, whatever the parent has.
  record Zero(long sectors) implements Piece {
    @Override
    public Zero part(long skip, long most) {
      return new Zero(Math.min(sectors - skip, most));
    }
  }

  /// In a file.
  ///
  /// @param content the file, or what its compressed grains inflate to
  /// @param position where in it the first sector is, in bytes
  record Data(long sectors, Disk content, long position) implements Piece {
    @Override
    public Data part(long skip, long most) {
      return new Data(Math.min(sectors - skip, most), content, position + skip * Fields.SECTOR);
    }
  }
}
