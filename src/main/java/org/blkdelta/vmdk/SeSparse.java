package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// Reads an seSparse file, version 2.1, the delta of an ESX snapshot on VMFS 6 and of large disks.
/// The vendor documents nothing; the layout is what qemu reads (block/vmdk.c), compared with files
/// of ESXi. It has two headers, then regions for the directory, the tables, bitmaps and the grains.
final class SeSparse {

  private static final long VERSION_2_1 = 0x2_0000_0001L;
  private static final int VERSION = 8;
  private static final int CAPACITY = 16;
  private static final int GRAIN_SIZE = 24;
  private static final int TABLE_SIZE = 32;
  private static final int FLAGS = 40;
  private static final int RESERVED = 48;
  private static final int RESERVED_END = 80;
  private static final int VOLATILE_HEADER = 80;
  private static final int DIRECTORY = 128;
  private static final int TABLES = 144;
  private static final int GRAINS = 192;
  private static final int PAD = 208;

  /// Where the regions are named, each by its first sector and its sectors.
  private static final int FIRST_REGION = 80;

  private static final long VOLATILE_MAGIC = 0xcafecafeL;
  private static final int REPLAY_JOURNAL = 24;
  private static final int VOLATILE_PAD = 32;

  private static final int ENTRY = 8;
  private static final int GRAIN_SECTORS = 8;
  private static final int TABLE_SECTORS = 64;
  private static final int TABLE_ENTRIES = TABLE_SECTORS * Fields.SECTOR / ENTRY;
  private static final long MAX_SECTORS = 1L << 38;
  private static final long TABLE_MARK = 0x10000000L;
  private static final long LOW_48 = (1L << 48) - 1;

  private final Disk file;
  private final FileAccess access;
  private final Fields header;

  private SeSparse(Disk file, FileAccess access) throws IOException {
    this.file = file;
    this.access = access;
    this.header = Fields.read(file, 0, Fields.SECTOR, "the header");
  }

  /// Opens an seSparse file and checks all of its tables.
  ///
  /// @param file the file, which the extent closes
  /// @throws SourceException if it cannot be believed
  static SparseExtent open(Disk file, FileAccess access) throws IOException {
    return new SeSparse(file, access).extent();
  }

  private SparseExtent extent() throws IOException {
    checkHeader();
    var shape =
        new GrainTables.Shape(
            header.u64(DIRECTORY) * Fields.SECTOR,
            TABLE_ENTRIES,
            GRAIN_SECTORS,
            header.u64(CAPACITY));
    checkRegions(shape);
    checkVolatileHeader();
    var coding = new Coding();
    var tables = new GrainTables(file, shape, coding);
    var found = check(tables);
    if (found.strays()) {
      access.warnings().accept(file.name() + ": has entries beyond the disk's end; left out");
    }
    if (coding.unmapped) {
      access
          .warnings()
          .accept(file.name() + ": has grains that the guest gave back; they are sent as zeros");
    }
    var facts =
        new GrainMap.Facts(
            "seSparse",
            GRAIN_SECTORS,
            found.dataGrains(),
            found.zeroGrains(),
            true,
            found.digest());
    return new SparseExtent(shape.capacity(), tables, file, facts);
  }

  private void checkHeader() throws IOException {
    header.require(
        header.u64(VERSION) == VERSION_2_1, VERSION, "version %x is unknown", header.u64(VERSION));
    long capacity = header.u64(CAPACITY);
    header.require(
        capacity > 0 && capacity <= MAX_SECTORS,
        CAPACITY,
        "a disk of %s sectors; 1 to %d are possible",
        Long.toUnsignedString(capacity),
        MAX_SECTORS);
    header.require(
        header.u64(GRAIN_SIZE) == GRAIN_SECTORS,
        GRAIN_SIZE,
        "grains of %s sectors; %d are expected",
        Long.toUnsignedString(header.u64(GRAIN_SIZE)),
        GRAIN_SECTORS);
    header.require(
        header.u64(TABLE_SIZE) == TABLE_SECTORS,
        TABLE_SIZE,
        "tables of %s sectors; %d are expected",
        Long.toUnsignedString(header.u64(TABLE_SIZE)),
        TABLE_SECTORS);
    if (header.u64(FLAGS) != 0) {
      access.doubt(
          Doubt.FLAGS,
          file.name() + ": at byte " + FLAGS,
          "the flags are %x, and none is known".formatted(header.u64(FLAGS)));
    }
    tellReserved(header, RESERVED, RESERVED_END);
    tellReserved(header, PAD, Fields.SECTOR);
  }

  /// The regions must lie inside the file and apart from each other. The grains are the last, and
  /// the file may end anywhere among them.
  private void checkRegions(GrainTables.Shape shape) throws IOException {
    long fileSectors = file.size() / Fields.SECTOR;
    long behind = 1;
    for (int at = FIRST_REGION; at < PAD; at += 2 * ENTRY) {
      long start = header.u64(at);
      long sectors = header.u64(at + ENTRY);
      header.require(
          start >= behind && start <= fileSectors,
          at,
          "a region begins at sector %s, where %d to %d are free",
          Long.toUnsignedString(start),
          behind,
          fileSectors);
      header.require(
          sectors >= 0
              && (at == GRAINS ? sectors <= 2 * MAX_SECTORS : sectors <= fileSectors - start),
          at + ENTRY,
          "a region of %s sectors reaches beyond the end of the file",
          Long.toUnsignedString(sectors));
      behind = start + sectors;
    }
    header.require(
        header.u64(VOLATILE_HEADER + ENTRY) >= 1, VOLATILE_HEADER + ENTRY, "no volatile header");
    long directory = header.u64(DIRECTORY + ENTRY);
    header.require(
        directory * (Fields.SECTOR / ENTRY) >= shape.tableCount(),
        DIRECTORY + ENTRY,
        "a directory of %d sectors is too small for %d tables",
        directory,
        shape.tableCount());
  }

  private void checkVolatileHeader() throws IOException {
    long at = header.u64(VOLATILE_HEADER) * Fields.SECTOR;
    var fields = Fields.read(file, at, Fields.SECTOR, "the volatile header");
    fields.require(fields.u64(0) == VOLATILE_MAGIC, 0, "no volatile header here");
    if (fields.u64(REPLAY_JOURNAL) != 0) {
      throw new SourceException(
          file.name()
              + ": has a journal that was not replayed, in an undocumented form: the VM runs,"
              + " or stopped hard; power it on and off, or consolidate or clone the disk, and try"
              + " again");
    }
    tellReserved(fields, VOLATILE_PAD, Fields.SECTOR);
  }

  /// Hosts in the field write 0x200 at byte 48; no reader makes anything of such fields.
  private void tellReserved(Fields fields, int from, int to) {
    for (int at = from; at < to; at += ENTRY) {
      if (fields.u64(at) != 0) {
        access
            .warnings()
            .accept(
                "%s: at byte %d: %x in a reserved field, which is ignored"
                    .formatted(file.name(), fields.at() + at, fields.u64(at)));
        return;
      }
    }
  }

  private GrainTables.Found check(GrainTables tables) throws IOException {
    var found = new GrainTables.Found[1];
    Claims.check(file, claims -> found[0] = tables.check(claims));
    return found[0];
  }

  private final class Coding implements GrainTables.Coding {

    private final long tablesStart = header.u64(TABLES);
    private final long tableCount = header.u64(TABLES + ENTRY) / TABLE_SECTORS;
    private final long grainsStart = header.u64(GRAINS);
    private final long slots = Math.ceilDiv(header.u64(GRAINS + ENTRY), GRAIN_SECTORS);
    private boolean unmapped;

    @Override
    public int entrySize() {
      return ENTRY;
    }

    @Override
    public long table(Fields directory, int at) throws SourceException {
      long entry = directory.u64(at);
      if (entry == 0) {
        return GrainTables.ABSENT;
      }
      long number = entry & 0xffffffffL;
      directory.require(
          entry >>> 32 == TABLE_MARK && number < tableCount,
          at,
          "a directory entry of %016x; there are %d tables",
          entry,
          tableCount);
      return tablesStart + number * TABLE_SECTORS;
    }

    @Override
    public void grains(Fields table, long[] grains) throws SourceException {
      for (int i = 0; i < grains.length; i++) {
        grains[i] = grain(table, i * ENTRY);
      }
    }

    private long grain(Fields table, int at) throws SourceException {
      long entry = table.u64(at);
      switch ((int) (entry >>> 60)) {
        case 0 -> {
          table.require(entry == 0, at, "an entry of %016x, which means nothing", entry);
          return GrainTables.ABSENT;
        }
        case 1 -> {
          unmapped = true;
          return GrainTables.ZERO;
        }
        case 2 -> {
          return GrainTables.ZERO;
        }
        case 3 -> {
          return allocated(table, at, entry);
        }
        default -> throw table.damaged(at, "an entry of %016x, of unknown type".formatted(entry));
      }
    }

    /// The lowest twelve bits of the index stand above the others.
    private long allocated(Fields table, int at, long entry) throws SourceException {
      long high = entry & LOW_48;
      long index = (entry >>> 48 & 0xfff) | high << 12;
      if (high > slots >>> 12 || index >= slots) {
        throw table.damaged(
            at, "an entry of %016x, for a grain beyond all %d".formatted(entry, slots));
      }
      return grainsStart + index * GRAIN_SECTORS;
    }
  }
}
