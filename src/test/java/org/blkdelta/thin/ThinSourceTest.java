package org.blkdelta.thin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ChangeSourceContract;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.linux.RunLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Volumes of a running pool: which are meant, how the pool's metadata is held and released, and
/// what is refused.
class ThinSourceTest implements ChangeSourceContract {

  private static final int BLOCK = 65_536;
  private static final List<String> CYCLE =
      List.of("reserve_metadata_snap", "release_metadata_snap");

  @TempDir private Path folder;

  private FakePool pool;
  private final List<String> warnings = new ArrayList<>();
  private final List<Path> admitted = new ArrayList<>();

  /// `web` has the id 1; `one` is its snapshot, 2, since when blocks 2 and 3 were written, 5 is
  /// gone.
  @BeforeEach
  void aPool() throws IOException {
    var changes = new TreeMap<>(PoolImage.run(2, 2, 500));
    changes.put(5L, PoolImage.NONE);
    var image =
        new PoolImage(4).volume(2, PoolImage.run(0, 8, 100)).snapshot(1, 2, changes, 7).bytes();
    pool = new FakePool(folder.resolve("dev"), image);
    pool.active("web", 1, "", new byte[16 * BLOCK]);
    pool.inactive("one", 2, "web", 16 * BLOCK);
  }

  @Override
  public ChangeSource changed() throws IOException {
    return open("vg/one", "vg/web");
  }

  @Test
  void a_snapshot_means_the_change_from_it_to_its_origin() throws IOException {
    for (var name : List.of("vg/one", "/dev/vg/one")) {
      assertEquals(List.of("131072+131072 DATA", "327680+65536 ZERO"), changes(null, name));
    }
    assertEquals("-", pool.held());
    assertEquals(List.of(), warnings);
  }

  @Test
  void two_volumes_are_compared_as_they_are_named() throws IOException {
    assertEquals(List.of("131072+131072 DATA", "327680+65536 ZERO"), changes("vg/one", "vg/web"));
    pool.active("one", 2, "web", new byte[16 * BLOCK]);
    assertEquals(List.of("131072+131072 DATA", "327680+65536 DATA"), changes("vg/web", "vg/one"));
    assertEquals(
        List.of("131072+131072 DATA", "327680+65536 ZERO"),
        changes(pool.node("vg-one").toString(), pool.node("vg-web").toString()));
  }

  @Test
  void the_metadata_is_released_before_anything_is_sent() throws IOException {
    try (var source = open("vg/one", "vg/web")) {
      assertEquals(CYCLE, pool.messages());
      assertEquals("-", pool.held());
      assertEquals(Optional.empty(), note());
      assertEquals(List.of(pool.node("vg-web")), source.standsOn());
      assertEquals(5, source.state().sharedBlocks());
      assertEquals(new StoreUsage(31, 1024), source.state().data());
      assertEquals(new StoreUsage(64, 512), source.state().metadata());
      assertEquals("vg-pool-tpool", source.state().pool());
    }
  }

  @Test
  void generations_are_named_by_pool_number_and_transaction() throws IOException {
    try (var source = open("vg/one", "vg/web")) {
      assertEquals(
          new Lineage(
              Optional.of(Generation.of("thin:" + FakePool.POOL_ID + "/2@7")), Optional.empty()),
          source.lineage());
    }
    pool.active("one", 2, "web", new byte[16 * BLOCK]);
    try (var source = open("vg/web", "vg/one")) {
      assertEquals(
          Optional.of(Generation.of("thin:" + FakePool.POOL_ID + "/2@7")),
          source.lineage().result());
    }
    pool.opened("vg-one");
    try (var source = open("vg/web", "vg/one")) {
      assertEquals(Optional.empty(), source.lineage().result());
    }
  }

  @Test
  void what_the_newer_volume_has_grown_by_is_sent_whole() throws IOException {
    pool.inactive("one", 2, "web", 6 * BLOCK + 512);
    assertEquals(
        List.of(
            "131072+131072 DATA", "327680+65536 ZERO", "393216+131072 DATA", "524288+524288 ZERO"),
        changes("vg/one", "vg/web"));
  }

  @Test
  void with_an_external_origin_everything_is_read() throws IOException {
    pool.volume("base", FakePool.lv("base", "ori-------", "linear", 16 * BLOCK, "", "", ""));
    pool.inactive("web", 1, "base", 16 * BLOCK);
    assertEquals(
        "vg/web: LVM and the kernel say different things of it; was it changed just now? run"
            + " again, or see: lvs, dmsetup table",
        refused("vg/one", "vg/web"));
    pool.table("vg-web", "0 2048 thin 254:2 1 254:9");
    assertEquals(List.of("131072+131072 DATA", "327680+65536 DATA"), changes("vg/one", "vg/web"));
    try (var content = content("vg/web")) {
      assertEquals(List.of("0+1048576 DATA"), extents(content));
    }
  }

  @Test
  void another_external_origin_is_refused() {
    pool.volume("base", FakePool.lv("base", "ori-------", "linear", 16 * BLOCK, "", "", ""));
    pool.inactive("one", 2, "base", 16 * BLOCK);
    assertTrue(refused("vg/one", "vg/web").startsWith("vg/one: has another external origin than"));
    assertEquals(List.of(), pool.messages());
  }

  @Test
  void a_whole_volume_is_its_blocks_and_zeros() throws IOException {
    try (var content = content("vg/web")) {
      assertEquals(
          List.of("0+327680 DATA", "327680+65536 ZERO", "393216+131072 DATA", "524288+524288 ZERO"),
          extents(content));
      assertEquals(CYCLE, pool.messages());
      assertTrue(content.lineage().isWhole());
    }
  }

  @Test
  void volumes_that_cannot_be_compared_are_refused() throws IOException {
    assertTrue(refused(null, "vg/web").contains("say which state the destination has: --since"));
    assertTrue(refused("vg/web", "vg/web").contains("both the older and the newer"));
    assertTrue(refused("vg/nothing", "vg/web").contains("no such volume"));
    assertTrue(refused("other/one", "vg/web").contains("is in another group"));
    assertTrue(refused("vg/web", "vg/one").contains("is not active; activate it: lvchange -ay -K"));
    pool.volume("alien", FakePool.lv("alien", "Vwi-a-tz--", "thin", 16 * BLOCK, "", "p2", "2"));
    assertTrue(refused("vg/alien", "vg/web").contains("is in another pool"));
    pool.volume("thick", FakePool.lv("thick", "-wi-a-----", "linear", 16 * BLOCK, "", "", ""));
    assertTrue(refused("vg/thick", "vg/web").contains("is not a thin volume"));
    pool.volume("child", FakePool.lv("child", "Vwi-a-tz--", "thin", BLOCK, "thick", "pool", "3"));
    assertTrue(refused(null, "vg/child").contains("its origin is not in its pool"));
    assertEquals(List.of(), pool.messages());
  }

  @Test
  void lvm_and_the_kernel_must_agree() throws IOException {
    for (var table :
        List.of(
            "0 2048 thin 254:2 2",
            "0 2047 thin 254:2 1",
            "0 2048 thin 254:2 1 254:7",
            "0 2048 linear 98:0 0",
            "0 2048 thin 254:1 1",
            "0 2048 thin 254:99 1")) {
      pool.table("vg-web", table);
      assertTrue(refused("vg/one", "vg/web").contains("say different things"), table);
    }
    pool.table("vg-web", "0 2048 thin 254:2 1");
    pool.transaction(8);
    assertTrue(
        refused("vg/one", "vg/web")
            .startsWith("vg-pool-tpool: LVM knows transaction 8, the kernel 7, the metadata 7;"));
    pool.transaction(7);
    pool.table("vg-pool-tpool", "0 65536 thin-pool 254:0 254:1 256 0 0");
    assertTrue(refused("vg/one", "vg/web").contains("works with blocks of 131072 bytes"));
    assertEquals("-", pool.held());
  }

  @Test
  void a_pool_that_is_not_well_is_refused_before_it_is_asked_for_anything() {
    for (var words :
        List.of(
            "rw no_discard_passdown queue_if_no_space needs_check 128",
            "ro no_discard_passdown queue_if_no_space - 128")) {
      pool.state(words);
      assertTrue(refused("vg/one", "vg/web").startsWith("vg-pool-tpool: the pool "));
    }
    pool.thinStatus("Fail");
    assertTrue(refused("vg/one", "vg/web").contains("vg-web: the volume has failed"));
    assertEquals(List.of(), pool.messages());
  }

  @Test
  void a_metadata_snapshot_of_somebody_else_is_neither_used_nor_released() {
    pool.held("52");
    assertTrue(refused("vg/one", "vg/web").contains("is not ours (block 52)"));
    assertEquals(List.of(), pool.messages());
    assertEquals("52", pool.held());
  }

  @Test
  void one_that_a_killed_run_left_behind_is_released() throws IOException {
    for (var left : List.of("52", "reserving")) {
      pool.held("52");
      leave(left);
      warnings.clear();
      assertEquals(2, changes("vg/one", "vg/web").size());
      assertEquals(
          List.of(
              "vg-pool-tpool: releases the metadata snapshot of an earlier run that was killed"),
          warnings);
      assertEquals("-", pool.held());
      assertEquals(Optional.empty(), note());
    }
    leave("51");
    pool.held("52");
    assertTrue(refused("vg/one", "vg/web").contains("is not ours"));
  }

  @Test
  void a_kernel_that_refuses_is_believed() {
    pool.answer(1, "Device or resource busy", false);
    assertTrue(refused("vg/one", "vg/web").contains("gives no metadata snapshot: Device or"));
    assertEquals(List.of("reserve_metadata_snap"), pool.messages());
  }

  /// dmsetup was stopped, by a signal to the whole group perhaps, after the kernel had done it.
  @Test
  void a_command_that_was_stopped_half_way_is_cleared_up_after() throws IOException {
    pool.answer(130, "", true);
    assertEquals(2, changes("vg/one", "vg/web").size());
    assertEquals("-", pool.held());
    pool.answer(130, "", false);
    assertTrue(refused("vg/one", "vg/web").contains("no metadata snapshot came to be"));
    assertEquals("-", pool.held());
  }

  @Test
  void metadata_that_is_damaged_is_released_too() throws IOException {
    var bytes = Files.readAllBytes(pool.node("vg-pool_tmeta"));
    bytes[pool.root() * 4096 + 200] ^= 1;
    Files.write(pool.node("vg-pool_tmeta"), bytes);
    assertTrue(refused("vg/one", "vg/web").contains("the checksum is wrong"));
    assertEquals(CYCLE, pool.messages());
    assertEquals("-", pool.held());
  }

  @Test
  void the_newer_volume_is_asked_for_before_it_is_read() throws IOException {
    changes("vg/one", "vg/web");
    content("vg/web").close();
    assertEquals(List.of(pool.node("vg-web"), pool.node("vg-web")), admitted);
  }

  @Test
  void a_volume_of_which_more_is_mapped_than_was_read_moved_on() throws IOException {
    try (var source = open("vg/one", "vg/web")) {
      assertEquals(2, extents(source).size());
      assertEquals(Optional.empty(), source.movedOn());
      pool.thinStatus("1152 2047");
      extents(source);
      assertEquals(
          Optional.of(pool.node("vg-web") + ": was written to while it was read"),
          source.movedOn());
      pool.thinStatus("Fail");
      assertThrows(SourceException.class, () -> extents(source));
    }
  }

  /// A snapshot that is written to in place has blocks of its own; what is taken from it shares
  /// them, so that they are in no list of changes.
  @Test
  void a_base_that_was_written_to_is_in_doubt_for_what_was_taken_from_it() throws IOException {
    madeAt(5);
    try (var source = open("vg/one", "vg/web")) {
      assertEquals(
          Optional.of(
              "vg/one: was itself written to before vg/web was taken from it, so changes made after the"
                  + " copy may be in no list"),
          source.doubt());
      assertEquals(Optional.empty(), source.lineage().base());
    }
    madeAt(6); // all that it has is older than itself
    try (var source = open("vg/one", "vg/web")) {
      assertEquals(Optional.empty(), source.doubt());
      assertTrue(source.lineage().base().isPresent());
    }
  }

  @Test
  void it_is_not_for_what_is_on_another_line_or_if_nobody_can_write_to_it() throws IOException {
    madeAt(5);
    pool.active("web", 1, "", new byte[16 * BLOCK]);
    pool.inactive("one", 2, "web", 16 * BLOCK);
    try (var source = open("vg/one", "vg/web")) {
      assertEquals(Optional.empty(), source.doubt(), "web is its origin");
    }
    madeAt(5);
    pool.volume("one", FakePool.lv("one", "Vri-a-tz--", "thin", 16 * BLOCK, "", "pool", "2"));
    try (var source = open("vg/one", "vg/web")) {
      assertEquals(Optional.empty(), source.doubt(), "it is read-only");
    }
  }

  /// Makes the pool with volumes that were made at a time; their blocks were mapped at 5.
  private void madeAt(long time) throws IOException {
    var image =
        new PoolImage(4)
            .time(time)
            .volume(2, PoolImage.run(0, 8, 100))
            .snapshot(1, 2, new TreeMap<>(PoolImage.run(2, 2, 500)), 8)
            .bytes();
    pool = new FakePool(folder.resolve("dev" + time), image);
    pool.active("web", 1, "one", new byte[16 * BLOCK]);
    pool.inactive("one", 2, "", 16 * BLOCK);
  }

  @Test
  void only_thin_volumes_are_thin() throws IOException {
    pool.volume("thick", FakePool.lv("thick", "-wi-a-----", "linear", 16 * BLOCK, "", "", ""));
    assertTrue(pool.volumes().isThin("vg/web"));
    assertTrue(pool.volumes().isThin("/dev/vg/one"));
    for (var name : List.of("vg/thick", "vg/pool", "vg/none", "other/web", "web", "")) {
      assertFalse(pool.volumes().isThin(name), name);
    }
  }

  private ThinSource open(@Nullable String older, String newer) throws IOException {
    return ThinSource.ofVolumes(
        pool.volumes(), Optional.ofNullable(older), newer, admitted::add, warnings::add);
  }

  private ThinContent content(String name) throws IOException {
    return ThinContent.ofVolume(pool.volumes(), name, admitted::add, warnings::add);
  }

  private List<String> changes(@Nullable String older, String newer) throws IOException {
    try (var source = open(older, newer)) {
      return extents(source);
    }
  }

  private static List<String> extents(ChangeSource source) throws IOException {
    var words = new ArrayList<String>();
    source.changes(
        extent -> words.add("%d+%d %s".formatted(extent.offset(), extent.length(), extent.kind())));
    source.checkStillTrue();
    return words;
  }

  private String refused(@Nullable String older, String newer) {
    return String.valueOf(
        assertThrows(SourceException.class, () -> open(older, newer)).getMessage());
  }

  private Optional<String> note() throws IOException {
    try (var lock = RunLock.take(pool.locks(), FakePool.POOL_ID).orElseThrow()) {
      return lock.note();
    }
  }

  private void leave(String note) throws IOException {
    try (var lock = RunLock.take(pool.locks(), FakePool.POOL_ID).orElseThrow()) {
      lock.leave(note);
    }
  }
}
