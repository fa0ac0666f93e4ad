package org.blkdelta.lvm;

import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.lvm.StoreBuilder.exceptionStore;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ChangeSourceContract;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Images of a store and an origin, as no active snapshot uses them.
class SnapshotSourceTest implements ChangeSourceContract {

  private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());
  private final List<String> warnings = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    files.close();
  }

  @Override
  public ChangeSource changed() throws IOException {
    return open(exceptionStore().copied(5, 10, 3, 4), new byte[1 << 20], OptionalLong.empty());
  }

  @Test
  void changed_chunks_become_joined_extents_in_ascending_order() throws IOException {
    assertEquals(
        List.of("12288+12288", "40960+4096"),
        extents(exceptionStore().copied(5, 10, 3, 4), 1 << 20));
    assertEquals(List.of(), warnings);
  }

  @Test
  void the_last_chunk_is_clipped_to_the_volume() throws IOException {
    // 1088 KiB in chunks of 512 KiB: 64 KiB of the last one exist
    var store = exceptionStore().chunkSize(512 << 10).copied(2);
    assertEquals(List.of("1048576+65536"), extents(store, 1088 << 10));
  }

  @Test
  void chunks_of_one_sector_work_and_end_at_any_sector() throws IOException {
    var store = exceptionStore().chunkSize(512).copied(0, 3, 2, 6);
    assertEquals(List.of("0+512", "1024+1024", "3072+512"), extents(store, 7 * 512));
  }

  @Test
  void all_that_an_enlarged_origin_has_behind_the_snapshot_is_part_of_it() throws IOException {
    var store = exceptionStore().copied(1);
    assertEquals(
        List.of("4096+4096", "1000000+500000"),
        extents(store, 1_500_000, OptionalLong.of(1_000_000)));
  }

  @Test
  void the_part_behind_the_snapshot_begins_at_its_size_and_not_at_a_chunk() throws IOException {
    var unchanged = exceptionStore();
    assertEquals(List.of("5000+5000"), extents(unchanged, 10_000, OptionalLong.of(5000)));
    var lastChunkChanged = exceptionStore().copied(1);
    assertEquals(List.of("4096+5904"), extents(lastChunkChanged, 10_000, OptionalLong.of(5000)));
    assertEquals(List.of("0+10000"), extents(unchanged, 10_000, OptionalLong.of(0)));
  }

  @Test
  void an_origin_that_is_smaller_than_the_snapshot_is_a_mistake() {
    var store = exceptionStore().copied(0, 1, 2, 100);
    assertSays(
        assertThrows(
            SourceException.class, () -> extents(store, 10_000, OptionalLong.of(1_000_000))),
        "has 10000 bytes, the snapshot 1000000");
  }

  @Test
  void an_entry_beyond_the_snapshot_is_refused_although_the_origin_is_larger() throws IOException {
    var store = exceptionStore().copied(2);
    var refused =
        assertThrows(SourceException.class, () -> extents(store, 1 << 20, OptionalLong.of(8192)));
    assertSays(refused, "chunk 2 lies beyond the snapshot's 2 chunks");
  }

  @Test
  void the_new_bytes_are_the_origins() throws IOException {
    var origin = new byte[8192];
    origin[4096] = 7;
    try (var source = open(exceptionStore().copied(1), origin, OptionalLong.empty())) {
      var bytes = ByteBuffer.allocate(2);
      source.disk().read(bytes, 4096);
      assertArrayEquals(new byte[] {7, 0}, bytes.array());
    }
  }

  @Test
  void the_new_bytes_may_come_from_a_newer_snapshot() throws IOException {
    var store = Files.write(files.getPath("/cow"), exceptionStore().copied(1).bytes());
    var origin = Files.write(files.getPath("/origin"), new byte[8192]);
    var newer = Files.write(files.getPath("/newer"), new byte[8192]);
    try (var source =
        SnapshotSource.ofStore(
            store, origin, OptionalLong.of(8192), Optional.of(newer), any -> {}, warnings::add)) {
      assertEquals("/newer", source.disk().name());
      assertEquals(List.of("4096+4096"), extents(source));
      assertEquals(List.of(store, origin, newer), source.standsOn());
      assertEquals(Lineage.UNKNOWN, source.lineage());
    }
  }

  @Test
  void it_says_what_it_knows() throws IOException {
    var store = exceptionStore().copied(1, 3, 2).size(1 << 20);
    try (var source = open(store, new byte[20_000], OptionalLong.of(16_384))) {
      assertEquals(
          new SnapshotSource.State(
              4096, 3, 16_384, 20_000, OptionalLong.empty(), 1 << 20, OptionalLong.empty(), false),
          source.state());
    }
  }

  @Test
  void a_store_that_becomes_invalid_after_it_was_read_is_refused_at_the_end() throws IOException {
    var path = files.getPath("/cow");
    try (var source = open(exceptionStore().copied(1), new byte[8192], OptionalLong.empty())) {
      assertEquals(List.of("4096+4096"), extents(source));
      Files.write(path, exceptionStore().copied(1).overflowed().bytes());
      var seen = new ArrayList<Long>();
      source.changes(extent -> seen.add(extent.offset()));
      var refused = assertThrows(SourceException.class, source::checkStillTrue);
      assertSays(refused, "/cow: at byte 4: the snapshot is invalid");
      assertEquals(List.of(4096L), seen);
    }
  }

  @Test
  void a_value_of_valid_that_no_kernel_writes_is_worth_a_warning() throws IOException {
    assertEquals(List.of("4096+4096"), extents(exceptionStore().copied(1).valid(2), 1 << 20));
    assertEquals(
        List.of(
            "/cow: at byte 4: neither valid (1) nor invalid (0), as only damage or another program"
                + " leaves it; the kernel takes that for valid"),
        warnings);
  }

  @Test
  void an_entry_that_was_lost_does_not_end_the_list() {
    for (var store :
        List.of(
            exceptionStore().copied(1, 2).entry(0, 0).copied(5, 6),
            exceptionStore().copied(1).entry(7, 0),
            exceptionStore().copied(1).rubbishBehindEnd(1),
            exceptionStore().chunkSize(512 << 10).copied(1).rubbishBehindEnd(32_000))) {
      var refused = assertThrows(SourceException.class, () -> extents(store, 16 << 20));
      assertSays(refused, ": something follows the end of the list");
    }
  }

  @Test
  void what_cannot_be_opened_is_named() {
    var absent = files.getPath("/absent");
    var refused =
        assertThrows(
            SourceException.class,
            () ->
                SnapshotSource.ofStore(
                    absent,
                    absent,
                    OptionalLong.empty(),
                    Optional.empty(),
                    any -> {},
                    warnings::add));
    assertEquals(
        "/absent: no such file or directory; the source cannot be read", refused.getMessage());
  }

  private List<String> extents(StoreBuilder store, int originSize) throws IOException {
    return extents(store, originSize, OptionalLong.empty());
  }

  private List<String> extents(StoreBuilder store, int originSize, OptionalLong snapshotSize)
      throws IOException {
    try (var source = open(store, new byte[originSize], snapshotSize)) {
      return extents(source);
    }
  }

  private static List<String> extents(SnapshotSource source) throws IOException {
    var found = new ArrayList<String>();
    source.changes(extent -> found.add(extent.offset() + "+" + extent.length()));
    source.checkStillTrue();
    return found;
  }

  private SnapshotSource open(StoreBuilder store, byte[] origin, OptionalLong snapshotSize)
      throws IOException {
    Path cow = Files.write(files.getPath("/cow"), store.bytes());
    Path data = Files.write(files.getPath("/origin"), origin);
    return SnapshotSource.ofStore(
        cow, data, snapshotSize, Optional.empty(), any -> {}, warnings::add);
  }
}
