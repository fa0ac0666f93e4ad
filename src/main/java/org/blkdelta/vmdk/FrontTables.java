package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.Optional;
import org.blkdelta.failure.SourceException;

/// What precedes the grains of a compressed stream: the descriptor, and where the writer could seek
/// the tables too, which tell which grains must come.
///
/// @param descriptor the link's own words; empty if there are none
/// @param isPresent whether the tables were there
/// @param places the sum of the places that they list, each mixed
record FrontTables(Optional<Descriptor> descriptor, boolean isPresent, long places) {

  /// Entries of a table.
  static final int ENTRIES = 512;

  /// Sectors of a table.
  static final int SECTORS = ENTRIES * Integer.BYTES / Fields.SECTOR;

  private static final long MAX_TABLES = 1 << 20;

  /// Reads up to the first grain.
  ///
  /// @param in the stream, after its header
  static FrontTables read(SectorInput in, HostedHeader header, long tableCount) throws IOException {
    header
        .fields()
        .require(tableCount <= MAX_TABLES, 0, "a disk of %d tables: too large", tableCount);
    checkDescriptor(header);
    long directoryEnd =
        header.directorySector() + Math.ceilDiv(tableCount * Integer.BYTES, Fields.SECTOR);
    boolean inFront = !header.isDirectoryAtEnd() && directoryEnd <= header.overheadSectors();
    var text = new byte[(int) header.descriptorSectors() * Fields.SECTOR];
    var directory =
        ByteBuffer.allocate(
            inFront ? (int) (directoryEnd - header.directorySector()) * Fields.SECTOR : 0);
    directory.order(ByteOrder.LITTLE_ENDIAN);
    BitSet tables = new BitSet();
    long places = 0;
    while (in.sector() < header.overheadSectors()) {
      long sector = in.sector();
      var fields = in.next("what precedes the grains");
      copy(fields, sector - header.descriptorSector(), text);
      if (inFront && sector >= header.directorySector() && sector < directoryEnd) {
        directory.put(fields.bytes().duplicate());
        if (!directory.hasRemaining()) {
          mark(directory.flip(), tableCount, directoryEnd, header, tables);
        }
      } else if (tables.get((int) sector)) {
        places += places(fields);
      }
    }
    return new FrontTables(descriptor(in.name(), header, text), inFront, places);
  }

  /// Returns the sum of the places that a part of a table lists.
  static long places(Fields table) {
    long sum = 0;
    for (int at = 0; at < table.bytes().limit(); at += Integer.BYTES) {
      long sector = table.u32(at);
      sum += sector == 0 ? 0 : CompressedStream.mixed(sector);
    }
    return sum;
  }

  /// Notes the sectors of all tables, which have to follow the directory.
  private static void mark(
      ByteBuffer directory, long tableCount, long directoryEnd, HostedHeader header, BitSet tables)
      throws SourceException {
    for (int i = 0; i < tableCount; i++) {
      long sector = Integer.toUnsignedLong(directory.getInt(i * Integer.BYTES));
      if (sector == 0) {
        continue;
      }
      header
          .fields()
          .require(
              sector >= directoryEnd && sector + SECTORS <= header.overheadSectors(),
              0,
              "table %d at sector %d cannot be read from a stream; keep it as a file first",
              i,
              sector);
      tables.set((int) sector, (int) sector + SECTORS);
    }
  }

  private static void checkDescriptor(HostedHeader header) throws SourceException {
    header
        .fields()
        .require(
            header.descriptorSector() + header.descriptorSectors() <= header.overheadSectors(),
            0,
            "a descriptor that does not precede the grains");
  }

  private static void copy(Fields fields, long index, byte[] text) {
    if (index >= 0 && (index + 1) * Fields.SECTOR <= text.length) {
      fields.bytes().get(0, text, (int) index * Fields.SECTOR, Fields.SECTOR);
    }
  }

  private static Optional<Descriptor> descriptor(String name, HostedHeader header, byte[] text)
      throws SourceException {
    return header.descriptorSector() == 0
        ? Optional.empty()
        : Optional.of(DescriptorText.parse(name, text));
  }
}
