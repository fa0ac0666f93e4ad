package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.failure.SourceException;

/// Opens files of virtual disks that are arrays, as the readers open those that are files.
public final class Opened {

  /// What stands for a sector that a file does not have.
  static final byte ABSENT = 0x5a;

  private static final FileAccess ACCESS =
      new FileAccess(path -> refused(), false, Set.of(), told -> {});

  private Opened() {}

  /// Returns the bytes of one file of a good disk.
  static byte[] good(Path folder, String title, String file) throws IOException {
    Recipe.good(title).make(folder);
    return Files.readAllBytes(folder.resolve(file));
  }

  /// Opens a file by its first bytes.
  static GrainMap open(byte[] bytes) throws IOException {
    var disk = new MemoryDisk("delta", bytes);
    var kind = FileKind.of(disk);
    return switch (kind) {
      case COWD -> Cowd.open(disk, ACCESS);
      case SE_SPARSE -> SeSparse.open(disk, ACCESS);
      case HOSTED_SPARSE -> HostedSparse.open(disk, ACCESS);
      case CHANGE_TRACKING, UNFINISHED, DESCRIPTOR, RAW ->
          throw new SourceException("delta: is " + kind);
    };
  }

  /// Returns the whole disk that a file makes of one that is full of [#ABSENT].
  static byte[] content(byte[] bytes) throws IOException {
    var extent = open(bytes);
    var disk = new byte[Math.toIntExact(extent.sectors() * Fields.SECTOR)];
    Arrays.fill(disk, ABSENT);
    for (long sector = 0; sector < extent.sectors(); ) {
      var piece = extent.at(sector, extent.sectors() - sector);
      int at = (int) sector * Fields.SECTOR;
      int length = (int) piece.sectors() * Fields.SECTOR;
      switch (piece) {
        case Piece.Absent absent -> {
          // stays
        }
        case Piece.Zero zero -> Arrays.fill(disk, at, at + length, (byte) 0);
        case Piece.Data data ->
            data.content().read(ByteBuffer.wrap(disk, at, length), data.position());
      }
      sector += piece.sectors();
    }
    return disk;
  }

  private static Disk refused() throws SourceException {
    throw new SourceException("no other file is to be opened");
  }
}
