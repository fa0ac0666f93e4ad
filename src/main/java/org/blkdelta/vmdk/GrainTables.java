package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// The two levels of tables by which every sparse extent finds its grains: a directory of tables,
/// tables of grains. The formats differ in how an entry is written, which a [Coding] knows.
///
/// One table is held in memory at a time, so threads must not share one.
final class GrainTables {

  /// An entry for what is not in this file.
  static final long ABSENT = -1;

  /// An entry for what reads as zeros.
  static final long ZERO = -2;

  /// How a format writes its entries.
  interface Coding {

    /// Returns the bytes of an entry, in both levels.
    int entrySize();

    /// Returns a table's first sector, or [#ABSENT].
    ///
    /// @throws SourceException where the entry means nothing
    long table(Fields directory, int at) throws SourceException;

    /// Returns a grain's first sector, [#ABSENT] or [#ZERO].
    ///
    /// @throws SourceException where the entry means nothing
    long grain(Fields table, int at) throws SourceException;

    /// Checks a grain, and returns how many sectors it takes in the file.
    ///
    /// @param startSector where it begins in the file
    /// @param diskSector its first sector of the disk
    /// @param valid how many of its sectors the disk has
    default long stored(Disk file, long startSector, long diskSector, long valid)
        throws IOException {
      if (startSector > file.size() / Fields.SECTOR - valid) {
        throw Fields.damaged(
            file,
            file.size(),
            "the file ends before the grain of sector %d, at sector %d of the file"
                .formatted(diskSector, startSector));
      }
      return valid;
    }
  }

  /// How large everything is.
  ///
  /// @param directory where the directory begins in the file, in bytes
  /// @param tableEntries entries of a table
  /// @param grainSectors sectors of a grain, a power of two
  /// @param capacity sectors of the disk, at least 1
  record Shape(long directory, int tableEntries, long grainSectors, long capacity) {

    long grainCount() {
      return Math.ceilDiv(capacity, grainSectors);
    }

    long tableCount() {
      return Math.ceilDiv(grainCount(), tableEntries);
    }
  }

  /// What a check found.
  ///
  /// @param dataGrains how many grains have content
  /// @param zeroGrains how many read as zeros
  /// @param endSector behind the last sector that a table or grain uses
  /// @param strays whether there are entries behind the disk's last grain
  record Found(long dataGrains, long zeroGrains, long endSector, boolean strays) {}

  private static final int PAGE = 64 << 10;

  private final Disk file;
  private final Shape shape;
  private final Coding coding;
  private final int entrySize;
  private long pageIndex = -1;
  private long tableIndex = -1;
  private Fields page;
  private Fields table;

  /// Creates tables that nothing was read of yet.
  GrainTables(Disk file, Shape shape, Coding coding) {
    this.file = file;
    this.shape = shape;
    this.coding = coding;
    this.entrySize = coding.entrySize();
    this.page = new Fields(file, 0, ByteBuffer.allocate(0));
    this.table = page;
  }

  /// Walks all tables once, before any of them is believed: each entry means something, each table
  /// and grain is inside the file.
  ///
  /// @param claims told what the tables use
  Found check(Claims claims) throws IOException {
    var walk = new Check(claims);
    for (long index = 0; index < shape.tableCount(); index++) {
      walk.table(index);
    }
    return new Found(walk.dataGrains, walk.zeroGrains, walk.endSector, walk.strays);
  }

  /// Returns what holds from a sector on, for as long as it stays so.
  ///
  /// @param sector less than the capacity
  /// @param most how many sectors are asked for, at least 1
  Piece at(long sector, long most) throws IOException {
    long end = sector + Math.min(most, shape.capacity() - sector);
    long first = entry(sector);
    long from = sector % shape.grainSectors();
    long behind = behind(sector);
    long next = first + shape.grainSectors();
    while (behind < end) {
      long entry = entry(behind);
      if (first < 0 ? entry != first : entry != next) {
        break;
      }
      next += shape.grainSectors();
      behind = behind(behind);
    }
    long sectors = Math.min(behind, end) - sector;
    if (first == ABSENT) {
      return new Piece.Absent(sectors);
    }
    return first == ZERO
        ? new Piece.Zero(sectors)
        : new Piece.Data(sectors, file, (first + from) * Fields.SECTOR);
  }

  /// Returns the entry of the grain that a sector is in.
  long entry(long sector) throws IOException {
    long grain = sector / shape.grainSectors();
    if (!load(grain / shape.tableEntries())) {
      return ABSENT;
    }
    return coding.grain(table, (int) (grain % shape.tableEntries()) * entrySize);
  }

  /// Returns where the grain of a sector ends, or the whole table that the sector would be in if
  /// there is no such table.
  private long behind(long sector) throws IOException {
    long grain = sector / shape.grainSectors();
    long index = grain / shape.tableEntries();
    return load(index)
        ? (grain + 1) * shape.grainSectors()
        : (index + 1) * shape.tableEntries() * shape.grainSectors();
  }

  /// Makes a table the one in memory, and returns whether it exists.
  private boolean load(long index) throws IOException {
    if (index == tableIndex) {
      return table.bytes().capacity() > 0;
    }
    long start = tableSector(index);
    if (start == ABSENT) {
      table = new Fields(file, 0, ByteBuffer.allocate(0));
    } else {
      if (start > file.size() / Fields.SECTOR) {
        throw Fields.damaged(
            file,
            file.size(),
            "the file ends before table %d, at sector %d".formatted(index, start));
      }
      table =
          Fields.read(
              file, start * Fields.SECTOR, shape.tableEntries() * entrySize, "a grain table");
    }
    tableIndex = index;
    return start != ABSENT;
  }

  private long tableSector(long index) throws IOException {
    int perPage = PAGE / entrySize;
    if (index / perPage != pageIndex) {
      long first = index / perPage * perPage;
      int length = (int) Math.min(perPage, shape.tableCount() - first) * entrySize;
      page = Fields.read(file, shape.directory() + first * entrySize, length, "the directory");
      pageIndex = index / perPage;
    }
    return coding.table(page, (int) (index % perPage) * entrySize);
  }

  /// One pass over everything.
  private final class Check {

    private final Claims claims;
    private long dataGrains;
    private long zeroGrains;
    private long endSector;
    private boolean strays;

    Check(Claims claims) {
      this.claims = claims;
    }

    void table(long index) throws IOException {
      if (!load(index)) {
        return;
      }
      long start = table.at() / Fields.SECTOR;
      long length = Math.ceilDiv((long) shape.tableEntries() * entrySize, Fields.SECTOR);
      claims.take(start, length);
      endSector = Math.max(endSector, start + length);
      long firstGrain = index * shape.tableEntries();
      for (int i = 0; i < shape.tableEntries(); i++) {
        grain(firstGrain + i, i * entrySize);
      }
    }

    private void grain(long grain, int at) throws IOException {
      if (grain >= shape.grainCount()) {
        strays |= !table.isZero(at, at + entrySize);
        return;
      }
      long start = coding.grain(table, at);
      if (start == ZERO) {
        zeroGrains++;
      } else if (start != ABSENT) {
        dataGrains++;
        long sector = grain * shape.grainSectors();
        long valid = Math.min(shape.grainSectors(), shape.capacity() - sector);
        long length = coding.stored(file, start, sector, valid);
        claims.take(start, length);
        endSector = Math.max(endSector, start + length);
      }
    }
  }
}
