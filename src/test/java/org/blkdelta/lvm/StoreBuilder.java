package org.blkdelta.lvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.blkdelta.disk.MemoryDisk;

/// Builds the bytes of an exception store as the kernel would leave them on a disk that held
/// rubbish before, or, if a test asks for it, as no kernel would.
public final class StoreBuilder {

  private static final int ENTRY = 16;
  private static final byte RUBBISH = (byte) 0xa5;

  /// An entry; the saved chunk is chosen as the kernel does where a test does not.
  private record Entry(long oldChunk, long newChunk) {}

  private final List<Entry> entries = new ArrayList<>();
  private int chunkSize = 4096;
  private int magic = 0x70416e53;
  private int valid = 1;
  private int version = 1;
  private OptionalLong sectors = OptionalLong.empty();
  private OptionalLong size = OptionalLong.empty();
  private int behindEnd;

  private StoreBuilder() {}

  /// Starts a valid, empty store with chunks of 4 KiB, called `web-cow`.
  public static StoreBuilder exceptionStore() {
    return new StoreBuilder();
  }

  /// Sets the chunk size in bytes.
  public StoreBuilder chunkSize(int bytes) {
    chunkSize = bytes;
    return this;
  }

  /// Adds an entry for each of these chunks of the origin, in this order.
  public StoreBuilder copied(long... oldChunks) {
    for (long oldChunk : oldChunks) {
      entry(oldChunk, free(entries.size()));
    }
    return this;
  }

  /// Adds an entry that the kernel might not have written.
  public StoreBuilder entry(long oldChunk, long newChunk) {
    entries.add(new Entry(oldChunk, newChunk));
    return this;
  }

  /// Writes so many entries more beyond the end of the list, as a torn write or rubbish leaves
  /// them, as far as its last area has room.
  public StoreBuilder rubbishBehindEnd(int count) {
    behindEnd = count;
    return this;
  }

  /// Marks the snapshot as invalid, as the kernel does when the store is full.
  public StoreBuilder overflowed() {
    return valid(0);
  }

  /// Sets the field `valid`.
  public StoreBuilder valid(int value) {
    valid = value;
    return this;
  }

  /// Sets the field `magic`.
  public StoreBuilder magic(int value) {
    magic = value;
    return this;
  }

  /// Sets the field `version`.
  public StoreBuilder version(int value) {
    version = value;
    return this;
  }

  /// Sets the field `chunk size`, in sectors, to another value than the layout has.
  public StoreBuilder sectors(int value) {
    sectors = OptionalLong.of(value);
    return this;
  }

  /// Sets the store's size in bytes; what does not fit is cut off.
  public StoreBuilder size(long bytes) {
    size = OptionalLong.of(bytes);
    return this;
  }

  /// Returns the store as a disk in memory.
  public MemoryDisk build() {
    return new MemoryDisk("web-cow", bytes());
  }

  /// Returns the store's bytes.
  public byte[] bytes() {
    var store = ByteBuffer.allocate(Math.toIntExact(wholeSize())).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(store.array(), RUBBISH);
    zeroChunk(store, 0);
    store.putInt(0, magic).putInt(4, valid).putInt(8, version);
    store.putInt(12, (int) sectors.orElse(chunkSize / 512));
    for (int area = 0; area <= entries.size() / perArea(); area++) {
      zeroChunk(store, Math.toIntExact(areaChunk(area)));
    }
    for (int at = 0; at < entries.size(); at++) {
      put(store, at, entries.get(at));
    }
    int room = perArea() - entries.size() % perArea() - 1;
    for (int more = 1; more <= Math.min(room, behindEnd); more++) {
      put(store, entries.size() + more, new Entry(more, 2));
    }
    var cut = new byte[Math.toIntExact(size.orElse(store.capacity()))];
    store.get(0, cut, 0, Math.min(cut.length, store.capacity()));
    return cut;
  }

  private void put(ByteBuffer store, int index, Entry entry) {
    long slot = (long) index % perArea() * ENTRY;
    int at = Math.toIntExact(areaChunk(index / perArea()) * chunkSize + slot);
    store.putLong(at, entry.oldChunk()).putLong(at + 8, entry.newChunk());
  }

  private void zeroChunk(ByteBuffer store, int chunk) {
    store.put(chunk * chunkSize, new byte[chunkSize]);
  }

  private long wholeSize() {
    long next = free(entries.size());
    return (Math.max(next, areaChunk(entries.size() / perArea()) + 1) + 2) * chunkSize;
  }

  /// Returns the chunk that the kernel gives to entry number `index`.
  private long free(int index) {
    return 2L + index + index / perArea();
  }

  private long areaChunk(long area) {
    return 1 + area * (perArea() + 1);
  }

  private int perArea() {
    return chunkSize / ENTRY;
  }
}
