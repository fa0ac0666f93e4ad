package org.blkdelta.lvm;

import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.lvm.StoreBuilder.exceptionStore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lists that are held against the kernel's word.
class ActiveSnapshotTest {

  private static final int SIZE = 32 << 20;

  @TempDir Path folder;

  private final List<String> warnings = new ArrayList<>();
  private final List<Path> admitted = new ArrayList<>();
  private FakeLvm lvm;

  @BeforeEach
  void aHostWithASnapshot() throws IOException {
    lvm = FakeLvm.withSnapshot(folder.resolve("dev"));
    for (var name : List.of("vg-src", "vg-src-real", "vg-snap")) {
      try (var device = new RandomAccessFile(lvm.mapper(name).toFile(), "rw")) {
        device.setLength(SIZE);
      }
    }
    store(exceptionStore());
  }

  @Test
  void a_list_that_agrees_with_the_kernel_is_used() throws IOException {
    store(exceptionStore().copied(5, 6, 100));
    status("40/32768 16");
    try (var source = open()) {
      assertEquals(List.of("20480+8192", "409600+4096"), extents(source));
      assertEquals(
          new SnapshotSource.State(
              4096,
              3,
              SIZE,
              SIZE,
              OptionalLong.of(40 * 512),
              16 << 20,
              OptionalLong.empty(),
              false),
          source.state());
      assertEquals(
          Optional.of(Generation.of("lvm:" + FakeLvm.ORIGIN_ID + "@" + FakeLvm.SNAPSHOT_ID)),
          source.lineage().base());
      assertEquals(4, source.standsOn().size());
      assertEquals(lvm.mapper("vg-src").toString(), source.disk().name());
    }
    assertEquals(List.of(), warnings);
  }

  /// The status lines are those that a kernel showed for so many entries in chunks of 4 KiB.
  @Test
  void the_kernels_count_is_understood_at_the_borders_of_areas() throws IOException {
    agrees(0, "16/12288 16");
    agrees(256, "2072/12288 24");
    agrees(700, "5632/12288 32");
  }

  @Test
  void where_the_kernel_says_how_long_the_list_is_nothing_that_follows_it_counts()
      throws IOException {
    store(exceptionStore().copied(5, 6, 100).rubbishBehindEnd(3));
    status("40/32768 16");
    try (var source = open()) {
      assertEquals(List.of("20480+8192", "409600+4096"), extents(source));
    }
  }

  @Test
  void a_list_shorter_than_the_kernels_count_is_refused() throws IOException {
    store(exceptionStore().copied(5, 6));
    status("40/32768 16");
    var refused = assertThrows(SourceException.class, this::open);
    assertEquals(
        lvm.mapper("vg-snap-cow")
            + ": its exception store lists fewer or other changes than the kernel counts (dmsetup"
            + " status vg-snap); is the store read past the page cache? nothing was used",
        refused.getMessage());
  }

  @Test
  void a_list_longer_than_the_kernels_count_is_refused() throws IOException {
    store(exceptionStore().copied(5, 6, 7));
    status("32/32768 16");
    assertSays(assertThrows(SourceException.class, this::open), "lists fewer or other changes");
  }

  @Test
  void changes_in_flight_are_waited_for() throws IOException {
    store(exceptionStore().copied(5, 6));
    status("40/32768 16", "40/32768 16", "40/32768 16");
    lvm.statusAfter(
        "vg-snap", "0 65536 snapshot 40/32768 16", () -> store(exceptionStore().copied(5, 6, 100)));
    lastStatus("40/32768 16");
    try (var source = open()) {
      assertEquals(List.of("20480+8192", "409600+4096"), extents(source));
    }
  }

  @Test
  void changes_that_come_while_the_list_is_read_are_no_contradiction() throws IOException {
    store(exceptionStore().copied(5, 6));
    status("24/32768 16", "40/32768 16");
    try (var source = open()) {
      assertEquals(List.of("20480+8192"), extents(source));
    }
  }

  @Test
  void another_chunk_size_than_the_kernels_is_refused() throws IOException {
    store(exceptionStore().chunkSize(8192));
    assertEquals(
        lvm.mapper("vg-snap-cow")
            + ": at byte 12: chunks of 8192 bytes, but the active snapshot vg-snap has 4096; this is"
            + " not its store",
        assertThrows(SourceException.class, this::open).getMessage());
  }

  @Test
  void a_snapshot_that_the_kernel_gave_up_is_refused_whatever_its_disk_says() throws IOException {
    store(exceptionStore().copied(5, 6));
    status("Invalid");
    assertSays(assertThrows(SourceException.class, this::open), "vg-snap: the snapshot is invalid");
  }

  @Test
  void a_snapshot_that_is_lost_while_its_list_is_read_is_refused() throws IOException {
    status("16/32768 16", "Invalid");
    assertSays(assertThrows(SourceException.class, this::open), "vg-snap: the snapshot is invalid");
  }

  @Test
  void a_snapshot_that_is_lost_while_the_data_is_read_is_refused_at_the_end() throws IOException {
    store(exceptionStore().copied(5));
    status("24/32768 16", "24/32768 16", "Invalid");
    try (var source = open()) {
      assertSays(
          assertThrows(SourceException.class, () -> extents(source)),
          "vg-snap: the snapshot is invalid");
    }
  }

  @Test
  void a_snapshot_that_overflowed_by_its_own_writes_has_a_whole_list() throws IOException {
    store(exceptionStore().copied(5));
    status("Overflow");
    try (var source = open()) {
      assertEquals(List.of("20480+4096"), extents(source));
      assertEquals(true, source.state().overflowed());
      assertEquals(OptionalLong.empty(), source.state().usedBytes());
    }
    assertWarned("vg-snap: the snapshot overflowed by writes to itself; its list is complete");
  }

  @Test
  void an_origin_of_which_more_is_listed_than_was_read_moved_on() throws IOException {
    store(exceptionStore().copied(5));
    status("24/32768 16", "24/32768 16", "24/32768 16", "32/32768 16");
    try (var source = open()) {
      extents(source);
      assertEquals(
          Optional.of(lvm.mapper("vg-src") + ": was written to while it was read"),
          source.movedOn());
    }
    assertEquals(List.of(), warnings);
  }

  @Test
  void an_origin_that_was_written_to_where_it_was_listed_already_moved_on() throws IOException {
    store(exceptionStore().copied(5));
    status("24/32768 16");
    try (var source = open()) {
      extents(source);
      assertEquals(Optional.empty(), source.movedOn());
      Files.setLastModifiedTime(lvm.mapper("vg-src"), FileTime.fromMillis(1));
      assertTrue(source.movedOn().isPresent());
    }
  }

  @Test
  void an_origin_is_asked_for_before_it_is_read_and_a_snapshot_is_not() throws IOException {
    store(exceptionStore().copied(5));
    status("24/32768 16");
    open().close();
    assertEquals(List.of(lvm.mapper("vg-src")), admitted);
    open(Optional.of(lvm.mapper("vg-src").toString())).close();
    assertEquals(List.of(lvm.mapper("vg-src"), lvm.mapper("vg-src")), admitted);
  }

  @Test
  void a_newer_snapshot_gives_the_data_and_must_stay_valid() throws IOException {
    lvm.device("vg-snap2-cow", 5, 1, "", "0 32768 linear 98:0 100352");
    lvm.device("vg-snap2", 6, 0, "", "0 65536 snapshot 254:1 254:5 P 8");
    lvm.device("vg-src", 0, 1, "", "0 65536 snapshot-origin 254:1");
    Files.write(lvm.mapper("vg-snap2"), new byte[32 << 20]);
    lvm.status("vg-snap2", "0 65536 snapshot 16/32768 16");
    store(exceptionStore().copied(5));
    status("24/32768 16");
    try (var source = open(Optional.of("vg/snap2"))) {
      assertEquals(lvm.mapper("vg-snap2").toString(), source.disk().name());
      assertEquals(List.of("20480+4096"), extents(source));
      lvm.status("vg-snap2", "0 65536 snapshot Invalid");
      assertSays(
          assertThrows(SourceException.class, () -> extents(source)),
          "vg-snap2: the snapshot is invalid");
    }
    assertEquals(List.of(), admitted, "the origin may be in use");
    assertEquals(List.of(), warnings);
  }

  @Test
  void the_fuller_of_two_snapshots_is_the_one_that_is_watched() throws IOException {
    lvm.device("vg-snap2-cow", 5, 1, "", "0 32768 linear 98:0 100352");
    lvm.device("vg-snap2", 6, 0, "", "0 65536 snapshot 254:1 254:5 P 8");
    Files.write(lvm.mapper("vg-snap2"), new byte[SIZE]);
    lvm.status("vg-snap2", "0 65536 snapshot 16/64 16");
    store(exceptionStore().copied(5));
    status("24/32768 16");
    try (var source = open(Optional.of("vg/snap2"))) {
      assertEquals(
          Optional.of(fuel("vg/snap", 24, 32_768)),
          source.storeUsage(),
          "of the one that was asked");
      extents(source);
      assertEquals(Optional.of(fuel("vg/snap2", 16, 64)), source.storeUsage());
      lvm.status("vg-snap", "0 65536 snapshot 32000/32768 16");
      extents(source);
      assertEquals(Optional.of(fuel("vg/snap", 32_000, 32_768)), source.storeUsage());
    }
  }

  private static StoreUsage fuel(String volume, long usedSectors, long totalSectors) {
    return new StoreUsage(usedSectors * 512, totalSectors * 512, OptionalLong.empty(), volume);
  }

  @Test
  void a_copy_in_a_file_may_give_the_data() throws IOException {
    var copy = Files.write(folder.resolve("copy"), new byte[SIZE]).toString();
    store(exceptionStore().copied(5));
    status("24/32768 16");
    try (var source = open(Optional.of(copy))) {
      assertEquals(copy, source.disk().name());
      assertEquals(5, source.standsOn().size());
    }
  }

  private void agrees(int entries, String status) throws IOException {
    store(exceptionStore().copied(LongStream.range(0, entries).toArray()));
    status(status);
    try (var source = open()) {
      assertEquals(entries, source.state().chunks());
    }
  }

  /// Puts a store of 16 MiB behind the snapshot's node.
  private void store(StoreBuilder store) throws IOException {
    Files.write(lvm.mapper("vg-snap-cow"), store.size(16 << 20).bytes());
  }

  private void status(String... words) {
    lvm.status(
        "vg-snap",
        Arrays.stream(words).map(word -> "0 65536 snapshot " + word).toArray(String[]::new));
  }

  private void lastStatus(String words) {
    lvm.statusAfter("vg-snap", "0 65536 snapshot " + words, () -> {});
  }

  private SnapshotSource open() throws IOException {
    return open(Optional.empty());
  }

  private SnapshotSource open(Optional<String> dataSource) throws IOException {
    var volumes = new LvmVolumes(lvm, folder.resolve("dev"), lvm);
    return SnapshotSource.ofVolume(volumes, "vg/snap", dataSource, admitted::add, warnings::add);
  }

  private static List<String> extents(SnapshotSource source) throws IOException {
    var found = new ArrayList<String>();
    source.changes(extent -> found.add(extent.offset() + "+" + extent.length()));
    source.checkStillTrue();
    return found;
  }

  private void assertWarned(String start) {
    assertEquals(1, warnings.size(), warnings::toString);
    assertTrue(warnings.get(0).startsWith(start), warnings::toString);
  }
}
