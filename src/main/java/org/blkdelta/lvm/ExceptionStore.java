package org.blkdelta.lvm;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// The persistent exception store of a classic snapshot, version 1, as the kernel writes it
/// (drivers/md/dm-snap-persistent.c). It is an array of chunks: the header, then metadata areas of
/// one chunk each with the data chunks that they describe after them. All integers are
/// little-endian; nothing read from it is believed before it is checked.
public final class ExceptionStore {

  private static final int SECTOR = 512;
  private static final int HEADER_SIZE = 16;
  private static final int MAGIC = 0x70416e53; // "SnAp"
  private static final int MAGIC_AT = 0;
  private static final int VALID_AT = 4;
  private static final int VERSION_AT = 8;
  private static final int CHUNK_SIZE_AT = 12;
  private static final int MAX_CHUNK_SECTORS = 1 << 21;
  private static final int ENTRY_SIZE = 16;
  private static final int PIECE = 256 << 10;

  /// LVM's largest chunk: what lies after the end of a list is looked at up to here.
  private static final int FARTHEST = 512 << 10;

  /// Chunk 0 is the header, chunk 1 the first area.
  private static final long FIRST_AREA = 1;

  /// An entry of the store: chunk `oldChunk` of the origin was saved in chunk `newChunk` of the
  /// store. The kernel calls it an exception.
  @FunctionalInterface
  interface RemappingSink {
    void accept(long oldChunk, long newChunk) throws IOException;
  }

  /// How a list ends.
  ///
  /// @param nextFree the number of the next free chunk, as the kernel's status line counts it
  /// @param strayAt the byte after the end where the last area is not zeros any more. A power cut
  ///     in the middle of a write may leave that; so does an entry that was lost
  record End(long nextFree, OptionalLong strayAt) {}

  private final Disk store;
  private final long chunkSize;
  private final long entriesPerArea;
  private final long chunkCount;
  private final int valid;

  private ExceptionStore(Disk store, long chunkSize, int valid) {
    this.store = store;
    this.valid = valid;
    this.chunkSize = chunkSize;
    this.entriesPerArea = chunkSize / ENTRY_SIZE;
    this.chunkCount = store.size() / chunkSize;
  }

  /// Reads the header and checks it.
  ///
  /// @param store the store's device or image; the caller closes it
  /// @throws SourceException if it is no usable store
  static ExceptionStore open(Disk store) throws IOException {
    var header = readHeader(store);
    int sectors = header.getInt(CHUNK_SIZE_AT);
    if (sectors <= 0 || sectors > MAX_CHUNK_SECTORS || Integer.bitCount(sectors) != 1) {
      throw damaged(
          store, CHUNK_SIZE_AT, "chunk size %d sectors".formatted(Integer.toUnsignedLong(sectors)));
    }
    var opened = new ExceptionStore(store, (long) sectors * SECTOR, header.getInt(VALID_AT));
    if (opened.chunkCount <= FIRST_AREA) {
      throw damaged(
          store,
          store.size(),
          "chunks of %d bytes leave no room for a metadata area".formatted(opened.chunkSize));
    }
    return opened;
  }

  /// Returns what messages call the store.
  String name() {
    return store.name();
  }

  /// Returns the chunk size in bytes, a power of two.
  long chunkSize() {
    return chunkSize;
  }

  /// Returns whether its header says that it is valid as the kernel says it; any other value than 0
  /// counts as valid for the kernel too, but it never writes one.
  boolean isPlainlyValid() {
    return valid == 1;
  }

  /// Reads the header again, because the kernel may have invalidated the snapshot meanwhile.
  void checkStillValid() throws IOException {
    if (readHeader(store).getInt(CHUNK_SIZE_AT) != chunkSize / SECTOR) {
      throw damaged(store, CHUNK_SIZE_AT, "the chunk size changed while it was read");
    }
  }

  /// Gives `sink` every entry in the order of the store, which is the order of the first writes.
  ///
  /// @param originChunks number of chunks of the snapshot; an entry beyond is refused
  /// @return how it ends
  /// @throws SourceException if the list is damaged or cut off
  End remappings(long originChunks, RemappingSink sink) throws IOException {
    var walk = new Walk(originChunks, sink);
    for (long area = 0; walk.area(area); area++) {
      // the walk stops at the first area that is not full
    }
    return new End(walk.nextFree(), walk.strayAt());
  }

  /// Returns whether it begins as an exception store does.
  static boolean isOne(Disk store) throws IOException {
    return store.size() >= HEADER_SIZE && read(store, 0, HEADER_SIZE).getInt(MAGIC_AT) == MAGIC;
  }

  private static ByteBuffer readHeader(Disk store) throws IOException {
    if (store.size() < HEADER_SIZE) {
      throw damaged(store, 0, "%d bytes are too few for a header".formatted(store.size()));
    }
    var header = read(store, 0, HEADER_SIZE);
    int magic = header.getInt(MAGIC_AT);
    if (magic == 0) {
      throw new SourceException(
          store.name()
              + ": at byte 0: no exception store was ever written here; name the snapshot's -cow"
              + " device or its image");
    }
    if (magic != MAGIC) {
      throw new SourceException(
          "%s: at byte 0: not an exception store (magic %08x); name the snapshot's -cow device or its image"
              .formatted(store.name(), magic));
    }
    if (header.getInt(VERSION_AT) != 1) {
      throw new SourceException(
          "%s: at byte %d: version %d of the exception store is unknown; only 1 can be read"
              .formatted(
                  store.name(), VERSION_AT, Integer.toUnsignedLong(header.getInt(VERSION_AT))));
    }
    if (header.getInt(VALID_AT) == 0) {
      throw new SourceException(
          store.name()
              + ": at byte 4: the snapshot is invalid: it overflowed or met an I/O error, and later"
              + " changes were not recorded; make a new snapshot and copy the whole volume again");
    }
    return header;
  }

  private static ByteBuffer read(Disk disk, long offset, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    try {
      disk.read(bytes, offset);
    } catch (EOFException cut) {
      throw damaged(disk, offset, "the store ends inside its metadata");
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault)
              + "; the list of changes cannot be trusted, nothing was used",
          fault);
    }
    return bytes.flip();
  }

  private static SourceException damaged(Disk store, long offset, String what) {
    return new SourceException(
        "%s: at byte %d: %s; the store is damaged or not complete"
            .formatted(store.name(), offset, what));
  }

  /// One pass over the list.
  private final class Walk {

    private final long originChunks;
    private final RemappingSink sink;
    private long entries;
    private OptionalLong strayAt = OptionalLong.empty();
    private long highest = FIRST_AREA;

    Walk(long originChunks, RemappingSink sink) {
      this.originChunks = originChunks;
      this.sink = sink;
    }

    /// Reads one area and returns whether it is full, so that another one follows. The next area
    /// is only touched then: after the last one the disk holds whatever was there before.
    boolean area(long index) throws IOException {
      long chunk = FIRST_AREA + index * (entriesPerArea + 1);
      if (chunk >= chunkCount) {
        throw damaged(
            store, chunk * chunkSize, "metadata area %d lies outside the store".formatted(index));
      }
      boolean hasEnded = false;
      for (long at = 0; at < Math.min(chunkSize, hasEnded ? FARTHEST : chunkSize); at += PIECE) {
        int length = (int) Math.min(PIECE, chunkSize - at);
        hasEnded |= !piece(chunk * chunkSize + at, length, hasEnded);
      }
      return !hasEnded;
    }

    OptionalLong strayAt() {
      return strayAt;
    }

    /// Returns the chunk that the kernel would use next; see dm-snap-persistent.c, skip_metadata.
    long nextFree() {
      long next = highest + 1;
      return isArea(next) ? next + 1 : next;
    }

    /// Returns whether the list goes on after it.
    private boolean piece(long offset, int length, boolean hasEnded) throws IOException {
      var bytes = read(store, offset, length);
      for (int at = 0; at < length; at += ENTRY_SIZE) {
        long newChunk = bytes.getLong(at + Long.BYTES);
        if (hasEnded || newChunk == 0) {
          checkRest(bytes, at, offset);
          return false;
        }
        entry(bytes.getLong(at), newChunk, offset + at);
      }
      return true;
    }

    /// The kernel makes an area zeros before it uses it, and clears what it takes back.
    private void checkRest(ByteBuffer bytes, int from, long offset) {
      for (int at = from; at < bytes.limit() && strayAt.isEmpty(); at += Long.BYTES) {
        if (bytes.getLong(at) != 0) {
          strayAt = OptionalLong.of(offset + at);
        }
      }
    }

    private void entry(long oldChunk, long newChunk, long offset) throws IOException {
      if (newChunk < 0 || newChunk >= chunkCount || isArea(newChunk)) {
        throw damaged(
            store,
            offset + Long.BYTES,
            "chunk %s cannot hold saved data".formatted(Long.toUnsignedString(newChunk)));
      }
      if (oldChunk < 0 || oldChunk >= originChunks) {
        throw damaged(
            store,
            offset,
            "chunk %s lies beyond the snapshot's %d chunks"
                .formatted(Long.toUnsignedString(oldChunk), originChunks));
      }
      if (++entries > chunkCount) {
        throw damaged(store, offset, "more entries than the store has chunks");
      }
      highest = Math.max(highest, newChunk);
      sink.accept(oldChunk, newChunk);
    }

    private boolean isArea(long chunk) {
      return chunk % (entriesPerArea + 1) == FIRST_AREA;
    }
  }
}
