package org.blkdelta.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceStack;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The outputs are those of dmsetup 1.02.185.
class MappedUseTest {

  private static final String DEVICES =
      """
      254|0|2|Active|LVM-gggo-real|vg-web-real
      254|1|0|Active|LVM-gggo|vg-web
      254|2|1|Active|LVM-gggs-cow|vg-web--pre-cow
      254|3|1|Active|LVM-gggs|vg-web--pre
      254|4|0|Active|LVM-gggf|vg-free
      254|5|0|Active||by hand
      254|6|2|Active|LVM-gggp-tpool|vg-pool-tpool
      254|7|1|Active|LVM-gggd|vg-pool_tdata
      254|8|1|Active|LVM-gggm|vg-pool_tmeta
      254|9|0|Active|LVM-gggt|vg-thin
      254|10|0|Active|LVM-gggp-pool|vg-pool
      """;

  private static final String TABLES =
      """
      vg-web-real: 0 65536 linear 98:0 2048
      vg-web: 0 65536 snapshot-origin 254:0
      vg-web--pre-cow: 0 32768 linear 98:0 67584
      vg-web--pre: 0 65536 snapshot 254:0 254:2 P 8
      vg-free: 0 65536 linear 98:0 200000
      by hand: 0 65536 crypt aes-xts-plain64 :64:logon:x 0 254:3 0
      vg-pool-tpool: 0 65536 thin-pool 254:8 254:7 128 0 0
      vg-pool_tdata: 0 65536 linear 98:0 300000
      vg-pool_tmeta: 0 8192 linear 98:0 400000
      vg-thin: 0 65536 thin 254:6 1
      vg-pool: 0 65536 linear 254:6 0
      """;

  @TempDir Path sys;

  private Outcome info = new Outcome(0, DEVICES, "");
  private String tables = TABLES;
  private Outcome volumes = new Outcome(0, report(volume("thin", ""), volume("t1", "thin")), "");

  @BeforeEach
  void mappedDevices() throws IOException {
    for (int minor = 0; minor <= 10; minor++) {
      Files.createDirectories(sys.resolve("dev/block/254:" + minor + "/dm"));
    }
  }

  @Test
  void a_snapshot_is_told_with_its_origin() {
    assertEquals(
        List.of(new Use(Reason.SNAPSHOT, "is a snapshot of vg/web, which writing fills")),
        uses(3, 3, 0, 2));
  }

  @Test
  void an_origin_is_told_with_its_snapshots() {
    assertEquals(
        List.of(
            new Use(
                Reason.ORIGIN, "is the origin of the snapshot vg/web-pre, which writing fills")),
        uses(1, 1, 0));
    info = new Outcome(0, DEVICES + "254|11|0|Active|LVM-gggr|vg-web2\n", "");
    tables += "vg-web2: 0 65536 snapshot 254:0 254:12 P 8\n";
    assertEquals(
        List.of(
            new Use(
                Reason.ORIGIN,
                "is the origin of the snapshots vg/web-pre, vg/web2, which writing fills")),
        uses(1, 1, 0));
  }

  @Test
  void an_origin_that_a_snapshot_is_merged_into_is_no_destination() {
    tables = TABLES.replace("snapshot-origin 254:0", "snapshot-merge 254:0 254:2 P 8");
    assertEquals(
        List.of(new Use(Reason.ORIGIN, "is an origin that a snapshot is being merged into")),
        uses(1, 1, 0));
  }

  @Test
  void what_stands_on_a_snapshot_is_told_too() {
    assertEquals(
        List.of(
            new Use(
                Reason.SNAPSHOT,
                "stands on vg/web-pre, a snapshot of vg/web, which writing fills")),
        uses(5, 5, 3, 0, 2));
  }

  @Test
  void a_thin_pool_and_its_parts_are_told_and_its_volumes_are_free() {
    assertEquals(List.of(new Use(Reason.POOL, "is the thin pool vg/pool")), uses(6, 6, 7, 8));
    assertEquals(List.of(new Use(Reason.POOL, "is the thin pool vg/pool")), uses(10, 10, 6, 7, 8));
    assertEquals(
        List.of(new Use(Reason.POOL, "has the data of the thin pool vg/pool")), uses(7, 7));
    assertEquals(
        List.of(new Use(Reason.POOL, "has the metadata of the thin pool vg/pool")), uses(8, 8));
    assertEquals(List.of(), uses(9, 9, 6, 7, 8));
  }

  @Test
  void a_volume_beside_them_is_free_and_so_is_a_disk() {
    assertEquals(List.of(), uses(4, 4));
    assertEquals(
        List.of(), mapped().of(Optional.of(new DeviceNumber(8, 0)), stack(new DeviceNumber(8, 0))));
  }

  @Test
  void what_cannot_be_found_out_is_a_reason() {
    info = new Outcome(1, "", "Permission denied\nCommand failed.");
    var found = uses(4, 4);
    assertEquals(1, found.size());
    assertEquals(Reason.UNKNOWN, found.getFirst().reason());
    assertTrue(
        found.getFirst().words().startsWith("may be a snapshot, an origin or a pool"),
        found.toString());
    assertTrue(found.getFirst().words().contains("Permission denied"), found.toString());
  }

  @Test
  void a_snapshots_origin_is_known_and_who_has_a_device_open() {
    assertEquals(Set.of(new DeviceNumber(254, 1)), mapped().origins(stack(dm(3), dm(0), dm(2))));
    assertEquals(Set.of(), mapped().origins(stack(dm(4))));
    assertEquals(OptionalInt.of(2), mapped().opens(dm(0)));
    assertEquals(OptionalInt.empty(), mapped().opens(new DeviceNumber(8, 0)));
  }

  @Test
  void a_thin_volume_that_others_were_taken_from_is_worth_a_word() {
    assertEquals(
        List.of("is the origin of vg/t1, which keeps what it was"), mapped().remarks(dm(9)));
    assertEquals(List.of(), mapped().remarks(dm(4)));
    volumes = new Outcome(0, report(volume("thin", ""), volume("other", "else")), "");
    assertEquals(List.of(), mapped().remarks(dm(9)));
    volumes = new Outcome(5, "", "locked");
    assertEquals(
        List.of(
            "may be the origin of other thin volumes, which cannot be found out: lvs: exit status 5: locked"),
        mapped().remarks(dm(9)));
  }

  @Test
  void what_a_thin_volumes_pool_does_with_its_blocks_is_known() throws IOException {
    var thin = mapped().thin(dm(9)).orElseThrow();
    assertEquals(65_536, thin.blockSize());
    assertTrue(thin.isZeroing());
    assertFalse(thin.hasOrigin());
    assertEquals(Optional.empty(), mapped().thin(dm(4)));
    assertEquals(Optional.empty(), mapped().thin(dm(6)));
    assertEquals(Optional.empty(), mapped().thin(new DeviceNumber(8, 0)));

    tables =
        TABLES
            .replace("128 0 0", "256 0 2 skip_block_zeroing no_discard_passdown")
            .replace("thin 254:6 1", "thin 254:6 1 254:4");
    var other = mapped().thin(dm(9)).orElseThrow();
    assertEquals(131_072, other.blockSize());
    assertFalse(other.isZeroing());
    assertTrue(other.hasOrigin());
  }

  @Test
  void a_thin_volume_without_its_pools_table_is_not_guessed_about() {
    for (var changed :
        List.of(
            TABLES.replace("thin 254:6 1", "thin 254:66 1"),
            TABLES.replace("thin 254:6 1", "thin 254:4 1"),
            TABLES.replace("254:8 254:7 128 0 0", "254:8 254:7"),
            TABLES.replace("254:7 128 0 0", "254:7 0 0 0"))) {
      tables = changed;
      assertThrows(IOException.class, () -> mapped().thin(dm(9)), changed);
    }
  }

  @Test
  void a_pool_that_does_not_zero_blocks_is_worth_a_word() {
    volumes = new Outcome(0, report(volume("thin", "")), "");
    tables = TABLES.replace("128 0 0", "128 0 1 skip_block_zeroing");
    assertEquals(
        List.of(
            "its pool vg/pool doesn't zero new blocks, so zeros are written and take up space; to keep it thin: lvchange -Zy vg/pool"),
        mapped().remarks(dm(9)));
  }

  private static String report(String... volumes) {
    return "{\"report\":[{\"lv\":[%s]}]}".formatted(String.join(",", volumes));
  }

  private static String volume(String name, String origin) {
    return """
        {"vg_name":"vg", "lv_name":"%s", "lv_attr":"Vwi-a-tz--", "segtype":"thin", \
        "lv_size":"4194304", "origin":"%s", "pool_lv":"pool", "thin_id":"1", \
        "transaction_id":"1", "lv_merging":"0"}"""
        .formatted(name, origin);
  }

  private List<Use> uses(int minor, int... below) {
    var numbers = Arrays.stream(below).mapToObj(MappedUseTest::dm).toArray(DeviceNumber[]::new);
    return mapped().of(Optional.of(dm(minor)), stack(numbers));
  }

  private MappedUse mapped() {
    Commands commands =
        command ->
            switch (command.getFirst()) {
              case "lvs" -> volumes;
              default -> command.contains("info") ? info : new Outcome(0, tables, "");
            };
    return new MappedUse(
        new DeviceMapper(commands, sys, path -> Optional.empty()), new LvmTools(commands), sys);
  }

  private static DeviceStack stack(DeviceNumber... below) {
    return new DeviceStack(
        Arrays.stream(below).collect(Collectors.toCollection(LinkedHashSet::new)),
        Set.of(),
        Set.of());
  }

  private static DeviceNumber dm(int minor) {
    return new DeviceNumber(254, minor);
  }
}
