package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// The two levels of tables by which every sparse extent finds its grains: a directory of tables,
/// tables of grains. The formats differ in how an entry is written, which a [Coding] knows.
///
/// A few tables are held in memory at a time, so threads must not share one.
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
    /// @throws SourceException if the entry means nothing
    long table(Fields directory, int at) throws SourceException;

    /// Reads the entries of a table that is not all zeros, which has nothing in any format: each
    /// grain's first sector, [#ABSENT] or [#ZERO].
    ///
    /// @param grains what to fill; it is as long as the disk has grains here
    /// @throws SourceException if an entry means nothing
    void grains(Fields table, long[] grains) throws SourceException;

    /// Checks a grain, and returns how many sectors it takes in the file.
    ///
    /// @param startSector where it begins in the file
    /// @param diskSector its first sector of the disk
    /// @param valid how many of its sectors the disk has
    default long stored(Disk file, long startSector, long diskSector, long valid)
        throws IOException {
      if (startSector > file.size() / Fields.SECTOR - valid) {
        throw Fields.damaged(
            file.name(),
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
  /// @param endSector after the last sector that a table or grain uses
  /// @param strays whether there are entries behind the disk's last grain
  /// @param digest of which grains there are, and where; empty if there are none
  record Found(long dataGrains, long zeroGrains, long endSector, boolean strays, String digest) {}

  private static final int PAGE = 64 << 10;
  private static final long[] NO_TABLE = {};

  private final Disk file;
  private final Shape shape;
  private final Coding coding;
  private final int entrySize;
  private final TableWindow window;
  private long pageIndex = -1;
  private Fields page;
  private long tableIndex = -1;
  private long tableSector;
  private boolean strays;
  private long[] grains = NO_TABLE;

  /// Creates tables that nothing was read of yet.
  GrainTables(Disk file, Shape shape, Coding coding) {
    this.file = file;
    this.shape = shape;
    this.coding = coding;
    this.entrySize = coding.entrySize();
    this.window = new TableWindow(file, shape.tableEntries() * entrySize);
    this.page = new Fields(file.name(), 0, ByteBuffer.allocate(0));
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
    return new Found(walk.dataGrains, walk.zeroGrains, walk.endSector, strays, walk.digest());
  }

  /// Returns what holds from a sector on, for as long as it stays so.
  ///
  /// @param sector less than the capacity
  /// @param most how many sectors are asked for, at least 1
  Piece at(long sector, long most) throws IOException {
    long end = sector + Math.min(most, shape.capacity() - sector);
    long first = entry(sector);
    long behind = endOfRun(sector, first, end);
    long sectors = Math.min(behind, end) - sector;
    if (first == ABSENT) {
      return new Piece.Absent(sectors);
    }
    return first == ZERO
        ? new Piece.Zero(sectors)
        : new Piece.Data(sectors, file, (first + sector % shape.grainSectors()) * Fields.SECTOR);
  }

  /// Returns the entry of the grain that a sector is in.
  long entry(long sector) throws IOException {
    long grain = sector / shape.grainSectors();
    load(grain / shape.tableEntries());
    return grains == NO_TABLE ? ABSENT : grains[(int) (grain % shape.tableEntries())];
  }

  /// Returns where the grains end that go on with the one of a sector: absent or zero like it, or
  /// after it in the file.
  ///
  /// @param entry the entry of that grain
  /// @param end where to stop looking
  private long endOfRun(long sector, long entry, long end) throws IOException {
    long step = entry < 0 ? 0 : shape.grainSectors();
    long grain = sector / shape.grainSectors();
    long last = Math.ceilDiv(end, shape.grainSectors());
    long expected = entry;
    while (grain < last) {
      load(grain / shape.tableEntries());
      int at = (int) (grain % shape.tableEntries());
      int stop = (int) Math.min(shape.tableEntries(), at + last - grain);
      if (grains == NO_TABLE) {
        if (entry != ABSENT) {
          break;
        }
        grain += stop - at;
        continue;
      }
      int from = at;
      while (at < stop && grains[at] == expected) {
        expected += step;
        at++;
      }
      grain += at - from;
      if (at < stop) {
        break;
      }
    }
    return grain * shape.grainSectors();
  }

  /// Makes a table the one in memory; [#NO_TABLE] stands for one that does not exist.
  private void load(long index) throws IOException {
    if (index == tableIndex) {
      return;
    }
    tableIndex = -1;
    tableSector = tableSector(index);
    grains = tableSector == ABSENT ? NO_TABLE : read(index);
    tableIndex = index;
  }

  private long[] read(long index) throws IOException {
    var table = window.table(index);
    if (table == null) {
      window.read(ahead(index));
      table = Objects.requireNonNull(window.table(index));
    }
    int length = table.bytes().limit();
    if (table.isZero(0, length)) {
      return NO_TABLE;
    }
    long left = shape.grainCount() - index * shape.tableEntries();
    int count = (int) Math.min(shape.tableEntries(), left);
    var found = grains.length == count ? grains : new long[count];
    coding.grains(table, found);
    strays |= !table.isZero(count * entrySize, length);
    return found;
  }

  /// Returns where a table is, and those after it that can be read with it: as far as this page of
  /// the directory says, and nothing is wrong with it.
  private List<TableWindow.Place> ahead(long index) throws IOException {
    var places = new ArrayList<TableWindow.Place>();
    places.add(place(index));
    long end = Math.min(shape.tableCount(), (pageIndex + 1) * perPage());
    try {
      for (long next = index + 1; next < end && places.size() < window.most(); next++) {
        if (tableSector(next) != ABSENT) {
          places.add(place(next));
        }
      }
    } catch (SourceException later) {
      // told when it is that table's turn
    }
    return places;
  }

  private TableWindow.Place place(long index) throws IOException {
    long sector = tableSector(index);
    if (sector > file.size() / Fields.SECTOR) {
      throw Fields.damaged(
          file.name(),
          file.size(),
          "the file ends before table %d, at sector %d".formatted(index, sector));
    }
    Fields.checkInside(
        file, sector * Fields.SECTOR, shape.tableEntries() * entrySize, "a grain table");
    return new TableWindow.Place(index, sector * Fields.SECTOR);
  }

  private int perPage() {
    return PAGE / entrySize;
  }

  private long tableSector(long index) throws IOException {
    int perPage = perPage();
    if (index / perPage != pageIndex) {
      pageIndex = -1;
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
    private final MessageDigest digest = StateName.sha256();
    private final ByteBuffer digested =
        ByteBuffer.allocate((1 + shape.tableEntries()) * Long.BYTES);

    Check(Claims claims) {
      this.claims = claims;
    }

    String digest() {
      return dataGrains + zeroGrains == 0 ? "" : StateName.hex(digest);
    }

    void table(long index) throws IOException {
      load(index);
      if (tableSector == ABSENT) {
        return;
      }
      take(tableSector, Math.ceilDiv((long) shape.tableEntries() * entrySize, Fields.SECTOR));
      if (grains == NO_TABLE) {
        return;
      }
      digest(index);
      long firstGrain = index * shape.tableEntries();
      for (int i = 0; i < grains.length; i++) {
        if (grains[i] == ZERO) {
          zeroGrains++;
        } else if (grains[i] != ABSENT) {
          dataGrains++;
          data(firstGrain + i, grains[i]);
        }
      }
    }

    private void digest(long index) {
      digested.clear().putLong(index).asLongBuffer().put(grains);
      digest.update(digested.array(), 0, (1 + grains.length) * Long.BYTES);
    }

    private void data(long grain, long start) throws IOException {
      long sector = grain * shape.grainSectors();
      long valid = Math.min(shape.grainSectors(), shape.capacity() - sector);
      take(start, coding.stored(file, start, sector, valid));
    }

    private void take(long start, long length) throws IOException {
      claims.take(start, length);
      endSector = Math.max(endSector, start + length);
    }
  }
}
