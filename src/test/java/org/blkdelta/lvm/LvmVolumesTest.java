package org.blkdelta.lvm;

import static org.blkdelta.failure.Messages.assertSays;
import static org.blkdelta.lvm.FakeLvm.volume;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.NeedsRootException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LvmVolumesTest {

  @TempDir Path folder;

  private FakeLvm lvm;
  private Path dev;

  @BeforeEach
  void aHostWithASnapshot() throws IOException {
    dev = folder.resolve("dev");
    lvm = FakeLvm.withSnapshot(dev);
  }

  @Test
  void a_snapshot_is_found_by_each_of_its_names() throws IOException {
    for (var name :
        List.of("vg/snap", "/dev/vg/snap", "vg-snap", dev + "/mapper/vg-snap", dev + "/dm-3")) {
      assertEquals("vg-snap", find(name).name(), name);
    }
  }

  @Test
  void hyphens_in_names_are_doubled() throws IOException {
    var hyphens = new FakeLvm(folder.resolve("hyphens"));
    hyphens.device("my--vg-o--r----g", 0, 1, "", "0 32768 snapshot-origin 254:1");
    hyphens.device("my--vg-o--r----g-real", 1, 2, "", "0 32768 linear 98:0 2048");
    hyphens.device("my--vg-s--n-cow", 2, 1, "", "0 12288 linear 98:0 34816");
    hyphens.device("my--vg-s--n", 3, 0, "", "0 32768 snapshot 254:1 254:2 P 8");
    hyphens.status("my--vg-s--n", "0 32768 snapshot 16/12288 16");
    var volumes = new LvmVolumes(hyphens, folder.resolve("hyphens"), hyphens);
    var found = volumes.find("my-vg/s-n");
    assertEquals("my--vg-s--n", found.name());
    assertEquals(hyphens.mapper("my--vg-o--r----g"), found.originPath());
    assertEquals("my--vg-s--n", volumes.find("/dev/my-vg/s-n").name());
  }

  @Test
  void lvm_is_asked_by_the_names_that_it_knows() throws IOException {
    lvm.device("my--vg-s--n", 3, 0, "LVM-" + "x".repeat(64), "0 65536 snapshot 254:1 254:2 P 8");
    lvm.remove("vg-snap");
    lvm.group("my-vg", volume("s-n", "swi-a-s---", "linear", "src", "active", "1"));
    assertSays(refused("my-vg/s-n"), "my-vg/s-n: is being merged back");
    assertTrue(lvm.commands().getLast().endsWith(" my-vg"), lvm.commands().getLast());
  }

  @Test
  void the_devices_around_it_are_followed_by_their_numbers() throws IOException {
    var found = find("vg/snap");
    assertEquals(32 << 20, found.size());
    assertEquals(4096, found.chunkSize());
    assertEquals(lvm.mapper("vg-snap"), found.path());
    assertEquals(lvm.mapper("vg-src"), found.originPath());
    assertEquals(lvm.mapper("vg-snap-cow"), found.storePath());
    assertEquals(
        List.of("vg-snap", "vg-src", "vg-src-real", "vg-snap-cow"),
        found.devices().stream().map(path -> String.valueOf(path.getFileName())).toList());
    assertEquals(16, found.status().allocatedSectors());
    assertEquals(32_768, found.status().totalSectors());
  }

  @Test
  void a_node_without_a_name_is_taken_by_its_number() throws IOException {
    Files.delete(lvm.mapper("vg-src"));
    assertEquals(dev.resolve("dm-0"), find("vg/snap").originPath());
  }

  @Test
  void a_device_without_any_node_is_refused() throws IOException {
    Files.delete(lvm.mapper("vg-src"));
    Files.delete(dev.resolve("dm-0"));
    assertSays(refused("vg/snap"), "vg/snap: cannot be looked up: vg-src: has no node below ");
  }

  @Test
  void a_node_of_another_number_is_not_taken() throws IOException {
    lvm.device("vg-src", 9, 0, "", "0 65536 snapshot-origin 254:1");
    lvm.device("other", 0, 0, "", "0 1 linear 98:0 0");
    Files.delete(lvm.mapper("vg-src"));
    Files.delete(dev.resolve("dm-9"));
    assertSays(refused("vg/snap"), "vg-src: has no node below ");
  }

  @Test
  void a_fragmented_origin_is_no_obstacle() throws IOException {
    lvm.table("vg-src-real", "0 32768 linear 98:0 2048\n32768 32768 linear 98:16 2048");
    assertEquals("vg-snap", find("vg/snap").name());
  }

  @Test
  void a_device_that_has_no_table_yet_is_no_obstacle() throws IOException {
    lvm.device("vg-new", 7, 0, "", "");
    assertEquals("vg-snap", find("vg/snap").name());
    assertSays(refused("vg/new"), "vg/new: is not a snapshot (its target is none)");
  }

  @Test
  void a_snapshot_made_by_hand_needs_no_lvm() throws IOException {
    lvm.device("by-hand", 3, 0, "", "0 65536 snapshot 254:1 254:2 PO 8");
    lvm.remove("vg-snap");
    assertEquals("by-hand", find("by-hand").name());
    assertEquals(0, lvm.commands().stream().filter(line -> line.startsWith("lvs")).count());
  }

  @Test
  void an_invalid_snapshot_is_refused() throws IOException {
    lvm.status("vg-snap", "0 65536 snapshot Invalid");
    var found = find("vg/snap");
    var refused = assertThrows(SourceException.class, found::status);
    assertEquals(
        "vg-snap: the snapshot is invalid: it overflowed or met an I/O error, and later changes were"
            + " not recorded; make a new snapshot and copy the whole volume again",
        refused.getMessage());
  }

  @Test
  void a_snapshot_that_overflowed_by_its_own_writes_is_usable() throws IOException {
    lvm.status("vg-snap", "0 65536 snapshot Overflow");
    assertTrue(find("vg/snap").status().overflowed());
    lvm.status("vg-snap", "0 65536 snapshot 16/32768 16");
    assertFalse(find("vg/snap").status().overflowed());
  }

  @Test
  void a_status_that_says_nothing_sure_is_refused() throws IOException {
    var found = find("vg/snap");
    for (var words : List.of("Unknown", "16", "16/", "a/b 16", "")) {
      lvm.status("vg-snap", "0 65536 snapshot " + words);
      var refused = assertThrows(SourceException.class, found::status, words);
      assertSays(refused, "vg-snap: dmsetup status says \"", "which cannot be checked; refused");
    }
    lvm.status("vg-snap", "0 65536 snapshot Merge failed");
    assertSays(assertThrows(SourceException.class, found::status), "a merge failed");
  }

  @Test
  void a_snapshot_that_vanished_meanwhile_is_refused() throws IOException {
    var found = find("vg/snap");
    for (var line : List.of("0 65536 error", "0 65536 snapshot-merge 16/32768 16", "")) {
      lvm.status("vg-snap", line);
      assertSays(
          assertThrows(SourceException.class, found::status),
          "vg-snap: is being merged back or was removed");
    }
  }

  @Test
  void a_snapshot_that_is_being_merged_is_refused() throws IOException {
    lvm.table("vg-snap", "0 65536 error");
    lvm.table("vg-src", "0 65536 snapshot-merge 254:1 254:2 P 8");
    assertSays(refused("vg/snap"), "vg/snap: is being merged back into its origin");
    lvm.table("vg-snap", "0 65536 snapshot 254:1 254:2 P 8");
    assertSays(refused("vg/snap"), "vg/snap: is being merged back into its origin");
  }

  @Test
  void a_merge_that_waits_for_the_next_activation_is_refused() throws IOException {
    lvm.group("vg", volume("[snap]", "Swi-a-s---", "linear", "src", "active", "1"));
    assertSays(
        refused("vg/snap"),
        "vg/snap: is being merged back into its origin (or will be at the next activation)");
  }

  @Test
  void a_suspended_part_is_refused_before_it_can_block() throws IOException {
    for (var part : List.of("vg-snap", "vg-src", "vg-src-real", "vg-snap-cow")) {
      lvm = FakeLvm.withSnapshot(folder.resolve(part));
      lvm.suspend(part);
      dev = folder.resolve(part);
      assertEquals(
          "vg/snap: the device %s is suspended; resume it: dmsetup resume %s".formatted(part, part),
          refused("vg/snap").getMessage());
    }
  }

  @Test
  void discards_that_pass_by_the_list_are_refused() throws IOException {
    lvm.table(
        "vg-snap", "0 65536 snapshot 254:1 254:2 P 8 2 discard_zeroes_cow discard_passdown_origin");
    assertSays(refused("vg/snap"), "vg/snap: the snapshot passes discards to its origin");
    lvm.table("vg-snap", "0 65536 snapshot 254:1 254:2 P 8 1 discard_zeroes_cow");
    assertEquals("vg-snap", find("vg/snap").name());
  }

  @Test
  void a_store_in_memory_is_refused() {
    lvm.table("vg-snap", "0 65536 snapshot 254:1 254:2 N 8");
    assertSays(refused("vg/snap"), "vg/snap: keeps its exceptions in memory only");
  }

  @Test
  void other_kinds_of_volumes_are_refused_by_name() throws IOException {
    lvm.device("vg-thin", 5, 0, "", "0 98304 thin 254:2 1");
    assertEquals(
        "vg/thin: is a thin volume, not a classic snapshot; name a thin one as VG/LV",
        refused("vg/thin").getMessage());
    assertEquals(
        "vg/src: is an origin; name one of its snapshots (lvs -o lv_name,origin)",
        refused("vg/src").getMessage());
    assertEquals(
        "vg-src-real: is not a snapshot (its target is linear); name one (lvs), or send what differs:"
            + " blkdelta verify --repair",
        refused("vg-src-real").getMessage());
    lvm.table("vg-src", "0 65536 snapshot-merge 254:1 254:2 P 8");
    assertSays(refused("vg/src"), "vg/src: is an origin");
  }

  @Test
  void an_origin_that_is_not_active_is_asked_for() {
    lvm.remove("vg-src");
    assertEquals(
        "vg/snap: its origin is not active; activate it: lvchange -ay VG/ORIGIN",
        refused("vg/snap").getMessage());
  }

  @Test
  void a_store_on_a_device_that_is_not_mapped_is_refused() {
    lvm.table("vg-snap", "0 65536 snapshot 254:1 8:17 P 8");
    assertEquals(
        "vg/snap: stands on the device 8:17, which is not a mapped one; give the store and --origin"
            + " instead",
        refused("vg/snap").getMessage());
  }

  @Test
  void a_volume_that_is_not_active_is_asked_for() {
    lvm.remove("vg-snap");
    lvm.group("vg", volume("snap", "swi---s---", "linear", "src", "", "0"));
    assertEquals(
        "vg/snap: is not active; activate it: lvchange -ay -y vg/snap",
        refused("vg/snap").getMessage());
    lvm.group("vg", volume("snap", "Vwi---t--k", "thin", "th-in", "", "0"));
    assertEquals(
        "vg/snap: is a thin volume, not a classic snapshot; name a thin one as VG/LV",
        refused("vg/snap").getMessage());
    lvm.group("vg", volume("snap", "-wi-------", "linear", "", "", "0"));
    assertEquals(
        "vg/snap: is not a snapshot; name one (lvs -o lv_name,origin)",
        refused("vg/snap").getMessage());
    lvm.group("vg", volume("[snap]", "Swi---s---", "linear", "src", "", "1"));
    assertSays(refused("vg/snap"), "is being merged back");
  }

  @Test
  void what_does_not_exist_is_said_to_be_absent() throws IOException {
    assertEquals(
        "vg/other: the group vg has no such volume; it has: snap, src",
        refused("vg/other").getMessage());
    assertEquals(
        "novg/snap: no such file, and there is no volume group novg; check the spelling: vgs",
        refused("novg/snap").getMessage());
    assertEquals(
        "snap: no such file, and no mapped device of that name; name a snapshot as VG/SNAP; active"
            + " here: vg/snap",
        refused("snap").getMessage());
    var file = Files.createFile(folder.resolve("file"));
    assertSays(refused(file.toString()), file + ": is not a mapped device; ");
  }

  @Test
  void a_host_without_mapped_devices_has_no_snapshot() throws IOException {
    lvm = new FakeLvm(dev);
    lvm.group("vg");
    assertEquals(
        "vg/snap: the group vg has no such volume; it has: none", refused("vg/snap").getMessage());
  }

  @Test
  void who_is_not_root_is_told_just_that() {
    var volumes =
        new LvmVolumes(
            command -> {
              throw new NeedsRootException("dmsetup");
            },
            dev,
            lvm);
    var refused = assertThrows(SourceException.class, () -> volumes.find("vg/snap"));
    assertEquals("vg/snap: needs root; run as root, or with sudo", refused.getMessage());
  }

  @Test
  void a_host_without_dmsetup_is_told_so() {
    var volumes =
        new LvmVolumes(
            command -> {
              throw new IOException("dmsetup: cannot be started: is it installed, and in PATH?");
            },
            dev,
            lvm);
    var refused = assertThrows(SourceException.class, () -> volumes.find("vg/snap"));
    assertEquals(
        "vg/snap: cannot be looked up: dmsetup: cannot be started: is it installed, and in PATH?;"
            + " see what lvs says",
        refused.getMessage());
  }

  @Test
  void a_delta_connects_two_generations() throws IOException {
    secondSnapshot("254:1");
    var old = find("vg/snap");
    var base = Generation.of("lvm:" + FakeLvm.ORIGIN_ID + "@" + FakeLvm.SNAPSHOT_ID);
    var newer = Generation.of("lvm:" + FakeLvm.ORIGIN_ID + "@" + "n".repeat(32));
    assertEquals(new Lineage(Optional.of(base), Optional.empty()), old.lineage(Optional.empty()));
    assertEquals(
        new Lineage(Optional.of(base), Optional.of(newer)),
        old.lineage(volumes().newer(old, "vg/snap2")));
  }

  @Test
  void without_lvm_nothing_is_known_of_generations() throws IOException {
    lvm.device("vg-snap", 3, 0, "", "0 65536 snapshot 254:1 254:2 P 8");
    assertEquals(Lineage.UNKNOWN, find("vg/snap").lineage(Optional.empty()));
  }

  @Test
  void a_newer_snapshot_of_the_same_origin_is_a_source_of_data() throws IOException {
    secondSnapshot("254:1");
    var newer = volumes().newer(find("vg/snap"), "vg/snap2").orElseThrow();
    assertEquals(lvm.mapper("vg-snap2"), newer.path());
  }

  @Test
  void the_snapshot_itself_is_no_source_of_new_data() throws IOException {
    var old = find("vg/snap");
    var refused =
        assertThrows(
            SourceException.class, () -> volumes().newer(old, lvm.mapper("vg-snap").toString()));
    assertSays(refused, "the data source is the snapshot itself, which has the old bytes");
  }

  @Test
  void lvm_says_when_a_snapshot_was_made() throws IOException {
    made(1000, 2000);
    assertEquals(OptionalLong.of(1000), find("vg/snap").createdSeconds());
    made(0, 2000);
    assertEquals(OptionalLong.empty(), find("vg/snap").createdSeconds());
    lvm.group("vg");
    assertEquals(OptionalLong.empty(), find("vg/snap").createdSeconds());
  }

  @Test
  void an_older_snapshot_is_no_source_of_new_data() throws IOException {
    secondSnapshot("254:1");
    made(2000, 1000);
    var named = find("vg/snap");
    var refused = assertThrows(SourceException.class, () -> volumes().newer(named, "vg/snap2"));
    assertEquals(
        "vg/snap2: the data source is older than vg-snap and has the old bytes; are the two"
            + " exchanged?",
        refused.getMessage());
    made(1000, 1000); // within one second nobody can tell
    assertTrue(volumes().newer(find("vg/snap"), "vg/snap2").isPresent());
  }

  @Test
  void a_snapshot_of_another_origin_is_no_source_of_data() throws IOException {
    lvm.device("vg-other", 8, 0, "", "0 65536 snapshot-origin 254:9");
    lvm.device("vg-other-real", 9, 2, "", "0 65536 linear 98:0 2048");
    secondSnapshot("254:9");
    var old = find("vg/snap");
    var refused = assertThrows(SourceException.class, () -> volumes().newer(old, "vg/snap2"));
    assertEquals(
        "vg/snap2: the data source is a snapshot of another origin than vg-snap",
        refused.getMessage());
  }

  @Test
  void new_bytes_come_from_a_copy_the_origin_or_a_snapshot_of_it_and_nothing_else()
      throws IOException {
    var old = find("vg/snap");
    var copy = Files.createFile(folder.resolve("copy")).toString();
    assertEquals(Optional.empty(), volumes().newer(old, copy));
    lvm.status("vg-src", "0 65536 snapshot-origin");
    assertEquals(Optional.empty(), volumes().newer(old, lvm.mapper("vg-src").toString()));
    lvm.device("vg-new", 7, 0, "", "");
    lvm.status("vg-new", "");
    assertThrows(SourceException.class, () -> volumes().newer(old, "vg/new"));
  }

  /// Has LVM say when the two snapshots were made.
  private void made(long first, long second) {
    lvm.group("vg", made("snap", first), made("snap2", second));
  }

  private static String made(String name, long seconds) {
    return volume(name, "swi-a-s---", "linear", "src", "active", "0")
        .replace("\"lv_uuid\"", "\"lv_time\":\"%d\", \"lv_uuid\"".formatted(seconds));
  }

  private void secondSnapshot(String real) throws IOException {
    var uuid = FakeLvm.uuid("n".repeat(32), "");
    lvm.device("vg-snap2-cow", 5, 1, uuid + "-cow", "0 32768 linear 98:0 100352");
    lvm.device("vg-snap2", 6, 0, uuid, "0 65536 snapshot %s 254:5 P 8".formatted(real));
    lvm.status("vg-snap2", "0 65536 snapshot 16/32768 16");
  }

  private LvmVolumes volumes() {
    return new LvmVolumes(lvm, dev, lvm);
  }

  private SnapshotVolume find(String name) throws IOException {
    return volumes().find(name);
  }

  private SourceException refused(String name) {
    return assertThrows(SourceException.class, () -> find(name), name);
  }
}
