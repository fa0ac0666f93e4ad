package org.blkdelta.lvm;

import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.lvm.StoreBuilder.exceptionStore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;

/// Stores that the kernel refuses, and some that it should have.
class DamagedStoreTest {

  private static final int ORIGIN_CHUNKS = 1000;

  @Test
  void a_store_without_room_for_its_header_or_first_area_is_refused() {
    for (int size : new int[] {0, 1, 15}) {
      refused(
          exceptionStore().size(size),
          "web-cow: at byte 0: %d bytes are too few for a header; the store is damaged or not"
                  .formatted(size)
              + " complete");
    }
    for (int size : new int[] {16, 4096, 8191}) {
      refused(
          exceptionStore().size(size),
          "web-cow: at byte %d: chunks of 4096 bytes leave no room for a metadata area; the store"
                  .formatted(size)
              + " is damaged or not complete");
    }
  }

  @Test
  void a_device_that_never_held_a_store_is_refused() {
    refused(
        exceptionStore().magic(0),
        "web-cow: at byte 0: no exception store was ever written here; name the snapshot's -cow"
            + " device or its image");
  }

  @Test
  void another_magic_is_refused() {
    refused(
        exceptionStore().magic(0x536e4170),
        "web-cow: at byte 0: not an exception store (magic 536e4170); name the snapshot's -cow"
            + " device or its image");
  }

  @Test
  void another_version_is_refused() {
    for (int version : new int[] {0, 2, 0x0100_0000, -1}) {
      refused(
          exceptionStore().version(version),
          "web-cow: at byte 8: version %d of the exception store is unknown; only 1 can be read"
              .formatted(Integer.toUnsignedLong(version)));
    }
  }

  @Test
  void an_overflowed_store_is_refused_before_any_extent() {
    refused(
        exceptionStore().copied(5, 3, 4).overflowed(),
        "web-cow: at byte 4: the snapshot is invalid: it overflowed or met an I/O error, and later"
            + " changes were not recorded; make a new snapshot and copy the whole volume again");
  }

  @Test
  void any_other_value_of_valid_is_valid_as_for_the_kernel() throws IOException {
    for (int valid : new int[] {2, -1, 0x0100_0000}) {
      assertEquals(List.of(5L), listed(exceptionStore().copied(5).valid(valid).build()));
    }
  }

  @Test
  void a_chunk_size_that_no_kernel_takes_is_refused() {
    for (int sectors : new int[] {0, 3, 12, 1 << 22, 1 << 31, -1, (1 << 21) + 1}) {
      refused(
          exceptionStore().sectors(sectors),
          "web-cow: at byte 12: chunk size %d sectors; the store is damaged or not complete"
              .formatted(Integer.toUnsignedLong(sectors)));
    }
  }

  @Test
  void chunks_so_large_that_the_first_area_is_outside_are_refused() {
    refused(
        exceptionStore().sectors(1 << 21).size(1 << 20),
        "web-cow: at byte 1048576: chunks of 1073741824 bytes leave no room for a metadata area;"
            + " the store is damaged or not complete");
  }

  @Test
  void a_full_area_without_the_next_is_refused() {
    var full = exceptionStore().copied(LongStream.range(0, 256).toArray());
    long next = (1 + 257) * 4096;
    for (long size : new long[] {next, next + 1, next + 4095}) {
      refused(
          full.size(size),
          "web-cow: at byte %d: metadata area 1 lies outside the store; the store is damaged or not"
                  .formatted(next)
              + " complete");
    }
  }

  @Test
  void an_old_chunk_beyond_the_snapshot_is_refused() {
    for (long chunk : new long[] {1000, 1L << 52, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      refused(
          exceptionStore().copied(999, chunk),
          "web-cow: at byte 4112: chunk %s lies beyond the snapshot's 1000 chunks; the store is"
                  .formatted(Long.toUnsignedString(chunk))
              + " damaged or not complete");
    }
  }

  @Test
  void a_saved_chunk_that_cannot_hold_data_is_refused() {
    long behind = 10;
    for (long chunk : new long[] {1, behind, 258, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      refused(
          exceptionStore().copied(1).entry(2, chunk).size(chunk == 258 ? 300 * 4096 : 10 * 4096),
          "web-cow: at byte 4120: chunk %s cannot hold saved data; the store is damaged or not"
                  .formatted(Long.toUnsignedString(chunk))
              + " complete");
    }
  }

  @Test
  void more_entries_than_chunks_are_refused() {
    var store = exceptionStore().size(4 * 4096);
    for (int entry = 0; entry < 200; entry++) {
      store.entry(entry, 2);
    }
    refused(
        store,
        "web-cow: at byte 4160: more entries than the store has chunks; the store is damaged or not"
            + " complete");
  }

  @Test
  void a_list_that_never_ends_is_left_where_the_store_does() {
    var everywhere = exceptionStore().size(4096 * 4096).bytes();
    for (int at = 4096; at < everywhere.length; at += 16) {
      Arrays.fill(everywhere, at, at + 16, (byte) 0);
      everywhere[at + 8] = 2;
    }
    refused(
        new MemoryDisk("web-cow", everywhere),
        "web-cow: at byte 16846848: metadata area 16 lies outside the store; the store is damaged or"
            + " not complete");
  }

  @Test
  void a_store_that_becomes_invalid_while_it_is_read_is_refused() throws IOException {
    var disk = exceptionStore().copied(5).build();
    var store = ExceptionStore.open(disk);
    store.checkStillValid();
    disk.write(ByteBuffer.wrap(exceptionStore().overflowed().bytes(), 0, 16), 0);
    var refused = assertThrows(SourceException.class, store::checkStillValid);
    assertSays(refused, "the snapshot is invalid");
  }

  @Test
  void a_store_that_becomes_another_while_it_is_read_is_refused() throws IOException {
    var disk = exceptionStore().copied(5).build();
    var store = ExceptionStore.open(disk);
    disk.write(ByteBuffer.wrap(exceptionStore().sectors(16).bytes(), 0, 16), 0);
    var refused = assertThrows(SourceException.class, store::checkStillValid);
    assertEquals(
        "web-cow: at byte 12: the chunk size changed while it was read; the store is damaged or not"
            + " complete",
        refused.getMessage());
  }

  private static List<Long> listed(Disk disk) throws IOException {
    var listed = new ArrayList<Long>();
    ExceptionStore.open(disk)
        .remappings(ORIGIN_CHUNKS, (oldChunk, newChunk) -> listed.add(oldChunk));
    return listed;
  }

  private static void refused(StoreBuilder store, String words) {
    refused(store.build(), words);
  }

  private static void refused(Disk store, String words) {
    var refused = assertThrows(SourceException.class, () -> listed(store), words);
    assertEquals(words, refused.getMessage());
  }
}
