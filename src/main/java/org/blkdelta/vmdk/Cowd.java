package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// Reads a COWD file, the delta of an ESX snapshot on VMFS 3, VMFS 5 and NFS (*Virtual Disk Format
/// 5.0*, "ESX Server Sparse Extents"): a header of four sectors, a grain directory, and grain
/// tables of 4096 entries with the grains after them. Entries are sectors, in 32 bits.
final class Cowd {

  private static final int HEADER_SECTORS = 4;
  private static final int VERSION = 4;
  private static final int FLAGS = 8;
  private static final int CAPACITY = 12;
  private static final int GRAIN_SIZE = 16;
  private static final int DIRECTORY = 20;
  private static final int DIRECTORY_ENTRIES = 24;
  private static final int FREE_SECTOR = 28;
  private static final int SAVED_GENERATION = 1636;
  private static final int UNCLEAN_SHUTDOWN = 1648;

  private static final int TABLE_ENTRIES = 4096;
  private static final int ENTRY = 4;
  private static final long MAX_GRAIN = 2048;
  private static final long MAX_DIRECTORY_ENTRIES = 1 << 20;
  private static final long KNOWN_FLAGS = 3;

  private final Disk file;
  private final FileAccess access;
  private final Fields header;

  private Cowd(Disk file, FileAccess access) throws IOException {
    this.file = file;
    this.access = access;
    this.header = Fields.read(file, 0, HEADER_SECTORS * Fields.SECTOR, "the header");
  }

  /// Opens a COWD file and checks all of its tables.
  ///
  /// @param file the file, which the extent closes
  /// @throws SourceException if it cannot be believed
  static SparseExtent open(Disk file, FileAccess access) throws IOException {
    return new Cowd(file, access).extent();
  }

  private SparseExtent extent() throws IOException {
    checkHeader();
    long grain = header.u32(GRAIN_SIZE);
    var shape =
        new GrainTables.Shape(
            header.u32(DIRECTORY) * Fields.SECTOR, TABLE_ENTRIES, grain, header.u32(CAPACITY));
    checkDirectory(shape);
    var tables = new GrainTables(file, shape, new Coding());
    var found = check(tables);
    tell(found);
    var facts =
        new GrainMap.Facts(
            "COWD",
            grain,
            found.dataGrains(),
            found.zeroGrains(),
            header.u32(UNCLEAN_SHUTDOWN) == 0,
            found.digest());
    return new SparseExtent(shape.capacity(), tables, file, facts);
  }

  private void checkHeader() throws IOException {
    header.require(header.u32(VERSION) == 1, VERSION, "version %d is unknown", header.u32(VERSION));
    if (header.u32(FLAGS) != KNOWN_FLAGS) {
      access.doubt(
          Doubt.FLAGS,
          file.name() + ": at byte " + FLAGS,
          "the flags are %d, and only %d is documented".formatted(header.u32(FLAGS), KNOWN_FLAGS));
    }
    header.require(header.u32(CAPACITY) > 0, CAPACITY, "the disk has no sectors");
    long grain = header.u32(GRAIN_SIZE);
    header.require(
        grain > 0 && grain <= MAX_GRAIN && Long.bitCount(grain) == 1,
        GRAIN_SIZE,
        "grains of %d sectors; a power of two up to %d is expected",
        grain,
        MAX_GRAIN);
  }

  private void checkDirectory(GrainTables.Shape shape) throws IOException {
    long entries = header.u32(DIRECTORY_ENTRIES);
    header.require(
        header.u32(DIRECTORY) >= HEADER_SECTORS,
        DIRECTORY,
        "the directory begins at sector %d, inside the header",
        header.u32(DIRECTORY));
    header.require(
        entries >= shape.tableCount() && entries <= MAX_DIRECTORY_ENTRIES,
        DIRECTORY_ENTRIES,
        "a directory of %d entries; the disk needs %d, and %d is the most",
        entries,
        shape.tableCount(),
        MAX_DIRECTORY_ENTRIES);
    int length = (int) entries * ENTRY;
    var directory = Fields.read(file, shape.directory(), length, "the directory");
    int used = (int) shape.tableCount() * ENTRY;
    directory.require(
        directory.isZero(used, length), used, "the directory has tables beyond the disk's end");
  }

  private GrainTables.Found check(GrainTables tables) throws IOException {
    long sectors = Math.ceilDiv(header.u32(DIRECTORY_ENTRIES) * ENTRY, Fields.SECTOR);
    var found = new GrainTables.Found[1];
    Claims.check(
        file,
        claims -> {
          claims.take(0, HEADER_SECTORS);
          claims.take(header.u32(DIRECTORY), sectors);
          found[0] = tables.check(claims);
        });
    return found[0];
  }

  private void tell(GrainTables.Found found) {
    if (found.strays()) {
      access.warnings().accept(file.name() + ": has entries beyond the disk's end; left out");
    }
    if (found.endSector() > header.u32(FREE_SECTOR)) {
      access
          .warnings()
          .accept(
              "%s: uses sectors up to %d, beyond %d, where its header says that free ones begin"
                  .formatted(file.name(), found.endSector(), header.u32(FREE_SECTOR)));
    }
    if (header.u32(UNCLEAN_SHUTDOWN) != 0 || header.u32(SAVED_GENERATION) != 0) {
      access
          .warnings()
          .accept(
              file.name()
                  + ": was not closed properly, or is in use; is the VM still running on it?");
    }
  }

  private final class Coding implements GrainTables.Coding {

    @Override
    public int entrySize() {
      return ENTRY;
    }

    @Override
    public long table(Fields directory, int at) throws SourceException {
      long sector = directory.u32(at);
      directory.require(
          sector == 0 || sector >= HEADER_SECTORS,
          at,
          "a directory entry of %d, which has no agreed meaning",
          sector);
      return sector == 0 ? GrainTables.ABSENT : sector;
    }

    @Override
    public void grains(Fields table, long[] grains) throws SourceException {
      var entries = table.u32s(grains.length);
      for (int i = 0; i < entries.length; i++) {
        int entry = entries[i];
        grains[i] = entry == 0 ? GrainTables.ABSENT : Integer.toUnsignedLong(entry);
        if (entry > 0 && entry < HEADER_SECTORS) {
          grains[i] = zeroed(table, i * ENTRY, entry);
        }
      }
    }

    /// Some readers take an entry of 1 for zeros, others for sector 1, which is zeros as a rule.
    private long zeroed(Fields table, int at, int entry) throws SourceException {
      table.require(entry == 1, at, "a grain at sector %d, inside the header", entry);
      table.require(
          header.isZero(Fields.SECTOR, 2 * Fields.SECTOR),
          at,
          "an entry of 1, which readers take for zeros or for sector 1, and that is not zeros");
      return GrainTables.ZERO;
    }
  }
}
