package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// The header of a hosted sparse file, checked (*Virtual Disk Format 5.0*, `SparseExtentHeader`). A
/// capacity of 0 stands for a file that is nothing but a place for a descriptor.
record HostedHeader(Fields fields) {

  private static final int MAGIC_NUMBER = 0x564d444b;
  private static final int VERSION = 4;
  private static final int FLAGS = 8;
  private static final int CAPACITY = 12;
  private static final int GRAIN_SIZE = 20;
  private static final int DESCRIPTOR = 28;
  private static final int DESCRIPTOR_SIZE = 36;
  private static final int TABLE_ENTRIES = 44;
  private static final int REDUNDANT_DIRECTORY = 48;
  private static final int DIRECTORY = 56;
  private static final int OVERHEAD = 64;
  private static final int UNCLEAN_SHUTDOWN = 72;
  private static final int NEWLINES = 73;
  private static final int COMPRESSION = 77;

  private static final long HAS_NEWLINES = 1;
  private static final long HAS_REDUNDANT_TABLES = 2;
  private static final long HAS_ZEROED_GRAINS = 4;
  private static final long IS_COMPRESSED = 0x10000;
  private static final long HAS_MARKERS = 0x20000;
  private static final long INCOMPATIBLE = 0xffff0000L;

  private static final int NEWLINE_BYTES = 0x0a0d200a; // LF, blank, CR, LF
  private static final int MAX_GRAIN = 2048;
  private static final int MAX_DESCRIPTOR_SECTORS = 2048;
  private static final int KNOWN_TABLE_ENTRIES = 512;
  private static final long MAX_PLAIN_SECTORS = (1L << 32) - 1;
  private static final long MAX_SECTORS = 1L << 38;
  private static final long MAX_GRAINS = (1L << 23) * KNOWN_TABLE_ENTRIES;
  private static final long AT_END = -1;

  /// Reads a header or a footer and checks it.
  ///
  /// @param at where it is in the file, in bytes
  static HostedHeader read(Disk file, long at, FileAccess access) throws IOException {
    var fields = Fields.read(file, at, Fields.SECTOR, "the header");
    return of(fields, file.size() / Fields.SECTOR, access);
  }

  /// Returns a header that was read elsewhere, checked.
  ///
  /// @param fileSectors the size of the file, the largest `long` if unknown
  static HostedHeader of(Fields fields, long fileSectors, FileAccess access)
      throws SourceException {
    var header = new HostedHeader(fields);
    header.check(fileSectors, access);
    return header;
  }

  long capacity() {
    return fields.u64(CAPACITY);
  }

  long grainSectors() {
    return fields.u64(GRAIN_SIZE);
  }

  /// Returns the first sector of the descriptor, or 0 if there is none.
  long descriptorSector() {
    return fields.u64(DESCRIPTOR);
  }

  /// Returns the size of the descriptor's area, or 0 if there is none.
  long descriptorSectors() {
    return descriptorSector() == 0 ? 0 : fields.u64(DESCRIPTOR_SIZE);
  }

  long directorySector() {
    return fields.u64(DIRECTORY);
  }

  /// Returns the first sector of the second directory, or 0 if there is none.
  long redundantSector() {
    return has(HAS_REDUNDANT_TABLES) ? fields.u64(REDUNDANT_DIRECTORY) : 0;
  }

  /// Returns how many sectors precede the first grain of a compressed file.
  long overheadSectors() {
    return fields.u64(OVERHEAD);
  }

  boolean isDirectoryAtEnd() {
    return directorySector() == AT_END;
  }

  boolean isCompressed() {
    return has(IS_COMPRESSED);
  }

  boolean hasZeroedGrains() {
    return has(HAS_ZEROED_GRAINS);
  }

  boolean isClean() {
    return fields.u8(UNCLEAN_SHUTDOWN) == 0;
  }

  /// Returns whether another header says the same, but for where the directory is.
  boolean agreesWith(HostedHeader other) {
    for (int at = 0; at < Fields.SECTOR; at++) {
      boolean place = at >= REDUNDANT_DIRECTORY && at < OVERHEAD;
      if (!place && fields.u8(at) != other.fields.u8(at)) {
        return false;
      }
    }
    return true;
  }

  private boolean has(long flag) {
    return (fields.u32(FLAGS) & flag) != 0;
  }

  private void check(long fileSectors, FileAccess access) throws SourceException {
    fields.require(fields.u32(0) == MAGIC_NUMBER, 0, "no header of a sparse extent");
    long version = fields.u32(VERSION);
    fields.require(version >= 1 && version <= 3, VERSION, "version %d is unknown", version);
    long flags = fields.u32(FLAGS);
    fields.require(
        (flags & INCOMPATIBLE & ~(IS_COMPRESSED | HAS_MARKERS)) == 0,
        FLAGS,
        "flags %08x, of which some are unknown",
        flags);
    fields.require(
        has(IS_COMPRESSED) == has(HAS_MARKERS),
        FLAGS,
        "flags %08x: compressed grains and markers go together",
        flags);
    int compression = fields.u8(COMPRESSION) | fields.u8(COMPRESSION + 1) << 8;
    fields.require(
        compression == (isCompressed() ? 1 : 0),
        COMPRESSION,
        "compression %d, and the flags are %08x",
        compression,
        flags);
    if (has(HAS_NEWLINES) && fields.bytes().getInt(NEWLINES) != NEWLINE_BYTES) {
      throw new SourceException(
          fields.name()
              + ": at byte 73: its line ends were changed: it was copied as text; copy it again, as"
              + " binary");
    }
    checkSizes();
    checkPlaces(fileSectors);
    if (!isClean()) {
      access.doubt(
          Doubt.UNCLEAN,
          fields.name() + ": at byte " + UNCLEAN_SHUTDOWN,
          "it was not closed properly: the VM runs, or crashed");
    }
  }

  private void checkSizes() throws SourceException {
    long most = isCompressed() ? MAX_SECTORS : MAX_PLAIN_SECTORS;
    fields.require(
        capacity() >= 0 && capacity() <= most && (capacity() > 0 || descriptorSector() != 0),
        CAPACITY,
        "a disk of %s sectors; 1 to %d are possible",
        Long.toUnsignedString(capacity()),
        most);
    long grain = grainSectors();
    fields.require(
        grain > 0 && grain <= MAX_GRAIN && Long.bitCount(grain) == 1,
        GRAIN_SIZE,
        "grains of %s sectors; a power of two up to %d is expected",
        Long.toUnsignedString(grain),
        MAX_GRAIN);
    fields.require(
        Math.ceilDiv(capacity(), grain) <= MAX_GRAINS,
        CAPACITY,
        "a disk of %d sectors in grains of %d: more than %d grains",
        capacity(),
        grain,
        MAX_GRAINS);
    fields.require(
        fields.u32(TABLE_ENTRIES) == KNOWN_TABLE_ENTRIES,
        TABLE_ENTRIES,
        "tables of %d entries; %d are expected",
        fields.u32(TABLE_ENTRIES),
        KNOWN_TABLE_ENTRIES);
  }

  private void checkPlaces(long sectors) throws SourceException {
    for (int at : new int[] {DESCRIPTOR, REDUNDANT_DIRECTORY, DIRECTORY, OVERHEAD}) {
      long sector = fields.u64(at);
      boolean unused =
          (at == REDUNDANT_DIRECTORY && !has(HAS_REDUNDANT_TABLES))
              || (at == DIRECTORY && isDirectoryAtEnd());
      fields.require(
          unused || (sector >= 0 && sector <= sectors),
          at,
          "sector %s lies beyond the file's end at sector %d",
          Long.toUnsignedString(sector),
          sectors);
    }
    fields.require(
        descriptorSector() == 0
            || (descriptorSectors() > 0 && descriptorSectors() <= MAX_DESCRIPTOR_SECTORS),
        DESCRIPTOR_SIZE,
        "a descriptor of %s sectors; %d are the most",
        Long.toUnsignedString(descriptorSectors()),
        MAX_DESCRIPTOR_SECTORS);
    fields.require(
        !isDirectoryAtEnd() || isCompressed(),
        DIRECTORY,
        "the directory is at the end, which only compressed files have");
  }
}
