package org.blkdelta.vmdk;

import java.io.IOException;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// Reads a hosted sparse file, as Workstation, Fusion, exports and qemu write it (*Virtual Disk
/// Format 5.0*, "Hosted Sparse Extents" and "Stream-Optimized Compressed Sparse Extents"): a header
/// of one sector, a directory, tables of 512 entries, twice where the second set is redundant, and
/// grains, plain or compressed. Entries are sectors, in 32 bits.
final class HostedSparse {

  private static final int ENTRY = 4;
  private static final int TABLE_ENTRIES = 512;
  private static final int TABLE_SECTORS = TABLE_ENTRIES * ENTRY / Fields.SECTOR;

  private final Disk file;
  private final FileAccess access;
  private final HostedHeader header;

  private HostedSparse(Disk file, FileAccess access, HostedHeader header) {
    this.file = file;
    this.access = access;
    this.header = header;
  }

  /// Opens a hosted sparse file and checks all of its tables, and the content of compressed grains.
  ///
  /// @param file the file, which the extent closes
  /// @throws SourceException if it cannot be believed
  static GrainMap open(Disk file, FileAccess access) throws IOException {
    var first = HostedHeader.read(file, 0, access);
    var header = first.isDirectoryAtEnd() ? StreamFooter.read(file, first, access) : first;
    return new HostedSparse(file, access, header).extent();
  }

  /// Returns the area of the embedded descriptor; empty if there is none.
  static Optional<Fields> descriptor(Disk file, HostedHeader header) throws IOException {
    if (header.descriptorSector() == 0) {
      return Optional.empty();
    }
    long at = header.descriptorSector() * Fields.SECTOR;
    int length = (int) header.descriptorSectors() * Fields.SECTOR;
    return Optional.of(Fields.read(file, at, length, "the descriptor"));
  }

  private GrainMap extent() throws IOException {
    var shape =
        new GrainTables.Shape(
            header.directorySector() * Fields.SECTOR,
            TABLE_ENTRIES,
            header.grainSectors(),
            header.capacity());
    var inflater = new GrainInflater(header.grainSectors());
    var coding = new Coding(inflater);
    var tables = new GrainTables(file, shape, coding);
    var found = check(shape, tables, coding);
    if (found.strays()) {
      access.warnings().accept(file.name() + ": has entries beyond the disk's end; left out");
    }
    var facts =
        new GrainMap.Facts(
            header.isCompressed() ? "streamOptimized" : "hosted sparse",
            header.grainSectors(),
            found.dataGrains(),
            found.zeroGrains(),
            header.isClean(),
            found.digest());
    return header.isCompressed()
        ? new CompressedExtent(
            shape.capacity(), tables, new InflatedDisk(file, shape, tables, inflater), facts)
        : new SparseExtent(shape.capacity(), tables, file, facts);
  }

  private GrainTables.Found check(GrainTables.Shape shape, GrainTables tables, Coding coding)
      throws IOException {
    var found = new GrainTables.Found[1];
    Claims.check(
        file,
        claims -> {
          claims.take(0, 1);
          if (header.descriptorSector() > 0) {
            claims.take(header.descriptorSector(), header.descriptorSectors());
          }
          claims.take(header.directorySector(), directorySectors(shape));
          if (header.redundantSector() > 0) {
            takeRedundant(shape, claims, coding);
          }
          found[0] = tables.check(claims);
        });
    return found[0];
  }

  /// The second set of tables is not used; but nothing else may be where it is.
  private void takeRedundant(GrainTables.Shape shape, Claims claims, Coding coding)
      throws IOException {
    long start = header.redundantSector();
    claims.take(start, directorySectors(shape));
    int page = 1 << 14;
    for (long first = 0; first < shape.tableCount(); first += page) {
      int count = (int) Math.min(page, shape.tableCount() - first);
      var entries =
          Fields.read(
              file,
              start * Fields.SECTOR + first * ENTRY,
              count * ENTRY,
              "the redundant directory");
      for (int i = 0; i < count; i++) {
        long table = coding.table(entries, i * ENTRY);
        if (table != GrainTables.ABSENT) {
          Fields.read(file, table * Fields.SECTOR, TABLE_SECTORS * Fields.SECTOR, "a table");
          claims.take(table, TABLE_SECTORS);
        }
      }
    }
  }

  private static long directorySectors(GrainTables.Shape shape) {
    return Math.ceilDiv(shape.tableCount() * ENTRY, Fields.SECTOR);
  }

  private final class Coding implements GrainTables.Coding {

    private final GrainInflater inflater;

    Coding(GrainInflater inflater) {
      this.inflater = inflater;
    }

    @Override
    public int entrySize() {
      return ENTRY;
    }

    @Override
    public long table(Fields directory, int at) throws SourceException {
      long sector = directory.u32(at);
      directory.require(sector != 1, at, "a directory entry of 1, which means nothing");
      return sector == 0 ? GrainTables.ABSENT : sector;
    }

    @Override
    public void grains(Fields table, long[] grains) throws SourceException {
      var entries = table.u32s(grains.length);
      for (int i = 0; i < entries.length; i++) {
        int entry = entries[i];
        grains[i] = entry == 0 ? GrainTables.ABSENT : Integer.toUnsignedLong(entry);
        if (entry == 1) {
          table.require(
              header.hasZeroedGrains(),
              i * ENTRY,
              "a zeroed grain, and the header says there are none");
          grains[i] = GrainTables.ZERO;
        }
      }
    }

    @Override
    public long stored(Disk from, long startSector, long diskSector, long valid)
        throws IOException {
      return header.isCompressed()
          ? inflater.check(from, startSector, diskSector, valid)
          : GrainTables.Coding.super.stored(from, startSector, diskSector, valid);
    }
  }
}
