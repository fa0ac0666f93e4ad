package org.blkdelta.vmdk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.blkdelta.extent.UnitWindow;
import org.blkdelta.failure.SourceException;

/// A compressed disk that is read front to back, from a pipe or out of an archive (*Virtual Disk
/// Format 5.0*, "Stream-Optimized Compressed Sparse Extents"). Grains come in any order, each once.
/// Memory is one grain, and a bit for each grain of the disk.
///
/// The tables, which repeat where the grains were, are held against them: only by these, or by the
/// mark at the end, does a stream show that it is whole.
public final class CompressedStream {

  /// Takes what the disk holds.
  public interface Sink {

    /// Takes bytes, valid until the call returns.
    void data(long offset, ByteBuffer bytes) throws IOException;

    /// Takes a run of zeros.
    void zero(long offset, long length) throws IOException;
  }

  private static final int MAGIC = 0x564d444b;
  private static final int MAX_OVERHEAD = 1 << 21;
  private static final int SIZE = 8;
  private static final int LATER = Fields.SECTOR - GrainInflater.HEAD;

  private final SectorInput in;
  private final FileAccess access;
  private final HostedHeader header;
  private final FrontTables front;
  private final GrainInflater inflater;
  private final long grainSectors;
  private final long grainCount;
  private final UnitWindow seen = new UnitWindow(0);
  private long grainPlaces;
  private long listedPlaces;
  private boolean listed;
  private boolean hasFooter;

  private CompressedStream(SectorInput in, FileAccess access) throws IOException {
    this.in = in;
    this.access = access;
    this.header = HostedHeader.of(in.next("the header"), Long.MAX_VALUE, access);
    if (!header.isCompressed() || header.capacity() == 0) {
      throw new SourceException(
          in.name()
              + ": is not a compressed disk, and others are not read as a stream; name the disk's file as the source: blkdelta copy FILE DESTINATION");
    }
    this.grainSectors = header.grainSectors();
    this.grainCount = Math.ceilDiv(header.capacity(), grainSectors);
    header
        .fields()
        .require(grainCount <= UnitWindow.SPAN, 0, "a disk of %d grains: too large", grainCount);
    header
        .fields()
        .require(
            header.overheadSectors() >= 1 && header.overheadSectors() <= MAX_OVERHEAD,
            0,
            "%s sectors before the first grain",
            Long.toUnsignedString(header.overheadSectors()));
    this.inflater = new GrainInflater(grainSectors);
    this.front = FrontTables.read(in, header, Math.ceilDiv(grainCount, FrontTables.ENTRIES));
    checkWhole(front.descriptor());
  }

  /// Returns whether a stream begins like a hosted sparse file.
  ///
  /// @param head its first bytes
  public static boolean isOne(byte[] head) {
    return head.length >= Integer.BYTES
        && ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == MAGIC;
  }

  /// Reads what precedes the first grain.
  ///
  /// @param in the stream, which the caller closes
  /// @param name what messages call it
  /// @throws SourceException if it is no compressed disk
  public static CompressedStream open(InputStream in, String name, FileAccess access)
      throws IOException {
    return new CompressedStream(new SectorInput(in, name), access);
  }

  /// Returns the size of the disk in bytes.
  public long size() {
    return header.capacity() * Fields.SECTOR;
  }

  /// Reads the stream to its end.
  ///
  /// @param sink takes each grain as it comes, and at last the zeros of those that did not come
  /// @throws SourceException if it is cut or damaged; what was handed on before was right
  public void read(Sink sink) throws IOException {
    boolean ended = false;
    while (!ended) {
      var block = in.nextOrEnd();
      if (block.isEmpty()) {
        checkComplete(front.isPresent());
        break;
      }
      ended = block(block.get(), sink);
    }
    if (ended) {
      // a damaged marker may read as the end; the writer puts a footer in front of it
      checkComplete(hasFooter || !header.isDirectoryAtEnd());
      in.skipRest(access);
    }
    gaps(sink);
  }

  /// What a delta does not hold is its parent's, and nothing here tells whether the destination is
  /// in the parent's state.
  private void checkWhole(Optional<Descriptor> descriptor) throws SourceException {
    if (descriptor.isPresent() && descriptor.get().hasParent()) {
      throw new SourceException(
          "%s: holds only what changed since its parent (parentCID %08x), and is not a whole disk; export the whole disk, or send the file with its parents beside it: blkdelta sync"
              .formatted(in.name(), descriptor.get().parentCid()));
    }
  }

  /// Takes one block, and returns whether it is the last.
  private boolean block(Fields first, Sink sink) throws IOException {
    if (first.u32(SIZE) != 0) {
      grain(first, sink);
      return false;
    }
    var marker = Marker.of(first);
    long sectors = Marker.sectors(first);
    switch (marker) {
      case END, PROGRESS -> first.require(sectors == 0, 0, "a marker with %d sectors", sectors);
      case TABLE -> {
        first.require(sectors == FrontTables.SECTORS, 0, "a table of %d sectors", sectors);
        list(in.next(FrontTables.SECTORS, "a table"));
      }
      case DIRECTORY -> {
        long tables = Math.ceilDiv(grainCount, FrontTables.ENTRIES);
        long expected = Math.ceilDiv(tables * Integer.BYTES, Fields.SECTOR);
        first.require(sectors == expected, 0, "a directory of %d sectors", sectors);
        in.skip(expected, "the directory");
      }
      case FOOTER -> {
        hasFooter = true;
        first.require(sectors == 1, 0, "a footer of %d sectors", sectors);
        var footer = HostedHeader.of(in.next("the footer"), Long.MAX_VALUE, access);
        footer
            .fields()
            .require(header.agreesWith(footer), 0, "the footer says other things than the header");
      }
    }
    return marker == Marker.END;
  }

  private void grain(Fields first, Sink sink) throws IOException {
    inflater.checkLength(first);
    int length = (int) first.u32(SIZE);
    long sector = first.u64(0);
    first.require(
        sector >= 0 && sector < header.capacity() && sector % grainSectors == 0,
        0,
        "a grain of sector %s; the disk has %d, and grains of %d",
        Long.toUnsignedString(sector),
        header.capacity(),
        grainSectors);
    first.require(seen.add(sector / grainSectors), 0, "a second grain of sector %d", sector);
    long more = Math.max(0, Math.ceilDiv(length - LATER, Fields.SECTOR));
    var packed = in.joined(first, GrainInflater.HEAD, length, (int) more);
    long valid = Math.min(grainSectors, header.capacity() - sector);
    var plain = inflater.inflate(packed, valid);
    grainPlaces += mixed(first.at() / Fields.SECTOR);
    sink.data(
        sector * Fields.SECTOR, ByteBuffer.wrap(plain, 0, (int) valid * Fields.SECTOR).slice());
  }

  private void list(Fields table) {
    listed = true;
    listedPlaces += FrontTables.places(table);
  }

  /// Holds the places that tables list against those where grains were.
  private void checkComplete(boolean otherwise) throws SourceException {
    boolean told = listed || front.isPresent();
    long expected = listed ? listedPlaces : front.places();
    if (!otherwise || (told && expected != grainPlaces)) {
      throw in.cut();
    }
  }

  private void gaps(Sink sink) throws IOException {
    for (long grain = seen.nextGap(0); grain < grainCount; ) {
      long next = seen.nextMember(grain);
      long end = next < 0 ? grainCount : Math.min(next, grainCount);
      long offset = grain * grainSectors * Fields.SECTOR;
      sink.zero(offset, Math.min(end * grainSectors * Fields.SECTOR, size()) - offset);
      grain = end >= grainCount ? grainCount : seen.nextGap(end);
    }
  }

  /// Spreads a place over 64 bits, so that sums of places differ where sets of them do (the
  /// finaliser of MurmurHash3).
  static long mixed(long sector) {
    long bits = sector + 1;
    bits = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
    bits = (bits ^ bits >>> 33) * 0xc4ceb9fe1a85ec53L;
    return bits ^ bits >>> 33;
  }
}
