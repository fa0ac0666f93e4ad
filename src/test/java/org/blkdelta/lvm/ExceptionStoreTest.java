package org.blkdelta.lvm;

import static org.blkdelta.lvm.StoreBuilder.exceptionStore;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.LongStream;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FailingDisk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.disk.RecordingDisk;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Stores as the kernel leaves them. The layout is that of drivers/md/dm-snap-persistent.c.
class ExceptionStoreTest {

  private static final long PLENTY = 1L << 40;
  private static final int FULL = 4096 / 16;

  @Test
  void the_example_of_the_description_lists_5_6_and_100() throws IOException {
    var hex = HexFormat.of();
    var store = new byte[8 * 4096];
    var header = hex.parseHex("536e4170010000000100000008000000");
    var area =
        hex.parseHex(
            "05000000000000000200000000000000"
                + "06000000000000000300000000000000"
                + "64000000000000000400000000000000");
    System.arraycopy(header, 0, store, 0, header.length);
    System.arraycopy(area, 0, store, 4096, area.length);
    assertEquals(List.of("5>2", "6>3", "100>4"), entries(new MemoryDisk("web-cow", store)));
    assertEquals(
        List.of("5>2", "6>3", "100>4"), entries(exceptionStore().copied(5, 6, 100).build()));
  }

  @Test
  void a_new_store_lists_nothing() throws IOException {
    assertEquals(List.of(), entries(exceptionStore().build()));
  }

  @Test
  void entries_come_in_the_order_of_the_store_repeated_ones_too() throws IOException {
    assertEquals(
        List.of("9>2", "0>3", "5>4", "9>5"), entries(exceptionStore().copied(9, 0, 5, 9).build()));
  }

  @Test
  void chunk_0_of_the_origin_does_not_end_the_list() throws IOException {
    assertEquals(List.of("0>2", "1>3"), entries(exceptionStore().copied(0, 1).build()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, FULL - 1, FULL, FULL + 1, 2 * FULL - 1, 2 * FULL, 2 * FULL + 1, 5000})
  void areas_that_are_nearly_or_just_full_are_read_to_the_end(int count) throws IOException {
    var store = exceptionStore().copied(LongStream.range(7, 7 + count).toArray()).build();
    var entries = entries(store);
    assertEquals(count, entries.size());
    assertEquals(
        "%d>%d".formatted(6 + count, 1 + count + (count - 1) / FULL), entries.get(count - 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16_384, 65_536, 262_144, 524_288})
  void every_chunk_size_works(int size) throws IOException {
    int count = Math.min(2 * size / 16 + 3, (32 << 20) / size);
    var store =
        exceptionStore().chunkSize(size).copied(LongStream.range(0, count).toArray()).build();
    assertEquals(count, entries(store).size());
    assertEquals(size, ExceptionStore.open(store).chunkSize());
  }

  @Test
  void the_largest_chunks_and_offsets_beyond_32_bits_work() throws IOException {
    var largest = new MadeUpStore(1 << 30, 3, index -> index);
    assertEquals(List.of("0>2", "1>3", "2>4"), entries(largest));
    var far = new MadeUpStore(512 << 10, 3 * 32_768 + 1, index -> index); // areas 16 GiB apart
    assertEquals(98_305, entries(far).size());
  }

  @Test
  void only_the_header_and_the_first_area_are_read_unless_that_is_full() throws IOException {
    var list = LongStream.range(0, FULL - 1).toArray();
    assertEquals(
        List.of("read 0+16", "read 4096+4096"), reads(exceptionStore().copied(list).build()));
  }

  @Test
  void each_further_area_is_read_only_when_the_one_before_it_is_full() throws IOException {
    var list = LongStream.range(0, 2 * FULL).toArray();
    assertEquals(
        List.of(
            "read 0+16",
            "read 4096+4096",
            "read " + (4096 + 257 * 4096) + "+4096",
            "read " + (4096 + 2 * 257 * 4096) + "+4096"),
        reads(exceptionStore().copied(list).build()));
  }

  @Test
  void of_a_large_area_only_as_much_is_read_as_the_list_needs() throws IOException {
    var store = new MadeUpStore(1 << 20, 16_384, index -> index);
    assertEquals(16_384, entries(store).size());
    assertEquals(List.of("0+16", "1048576+262144", "1310720+262144"), store.firstReads());
  }

  @Test
  void what_follows_the_end_is_no_entry() throws IOException {
    assertEquals(
        List.of("5>2", "6>3"),
        entries(exceptionStore().copied(5, 6).rubbishBehindEnd(100).build()));
  }

  /// The numbers are those that a kernel showed for stores of 0, 3, 256 and 700 entries.
  @Test
  void the_next_free_chunk_is_the_kernels() throws IOException {
    assertEquals(16 / 8, nextFree(0));
    assertEquals(40 / 8, nextFree(3));
    assertEquals(2072 / 8, nextFree(256));
    assertEquals(5632 / 8, nextFree(700));
  }

  @Test
  void unused_chunks_that_a_crash_left_do_not_count_as_free() throws IOException {
    var store = exceptionStore().size(1 << 20).copied(1).entry(2, 9).entry(3, 7).build();
    assertEquals(
        10, ExceptionStore.open(store).remappings(PLENTY, (oldChunk, newChunk) -> {}).nextFree());
  }

  @Test
  void an_area_that_cannot_be_read_makes_the_whole_list_unusable() throws IOException {
    var list = LongStream.range(0, FULL).toArray();
    long secondArea = 4096 + 257 * 4096;
    var store = new FailingDisk(exceptionStore().copied(list).build(), secondArea + 17);
    var refused = assertThrows(SourceException.class, () -> ChangedChunks.of(open(store), PLENTY));
    assertEquals(
        "web-cow: at byte %d: Input/output error; the list of changes cannot be trusted, nothing was used"
            .formatted(secondArea),
        refused.getMessage());
  }

  @Test
  void a_header_that_cannot_be_read_makes_the_store_unusable() {
    var store = new FailingDisk(exceptionStore().build(), 3);
    assertThrows(SourceException.class, () -> ExceptionStore.open(store));
  }

  @Test
  void reading_changes_nothing() throws IOException {
    var store = exceptionStore().copied(1, 2, 3).build();
    var before = store.bytes();
    entries(store);
    assertArrayEquals(before, store.bytes());
  }

  private static long nextFree(int entries) throws IOException {
    var store = exceptionStore().copied(LongStream.range(0, entries).toArray()).build();
    return ExceptionStore.open(store).remappings(PLENTY, (oldChunk, newChunk) -> {}).nextFree();
  }

  private static ExceptionStore open(Disk store) throws IOException {
    return ExceptionStore.open(store);
  }

  private static List<String> entries(Disk store) throws IOException {
    var found = new ArrayList<String>();
    open(store).remappings(PLENTY, (oldChunk, newChunk) -> found.add(oldChunk + ">" + newChunk));
    return found;
  }

  private static List<String> reads(MemoryDisk store) throws IOException {
    var recording = new RecordingDisk(store);
    entries(recording);
    return recording.events();
  }
}
