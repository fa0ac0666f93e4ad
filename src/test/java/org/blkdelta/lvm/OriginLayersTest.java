package org.blkdelta.lvm;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginLayersTest {

  @TempDir Path folder;

  private FakeLvm lvm;

  @BeforeEach
  void aHostWithASnapshot() throws IOException {
    lvm = FakeLvm.withSnapshot(folder.resolve("dev"));
  }

  @Test
  void an_origin_on_disks_is_one() {
    assertDoesNotThrow(this::check);
    lvm.table("vg-src-real", "0 40000 linear 98:0 2048\n40000 25536 striped 2 128 98:0 0 98:16 0");
    assertDoesNotThrow(this::check);
    lvm.table("vg-src-real", "0 65536 raid raid1 3 0 region_size 1024 2 254:7 254:8 - -");
    assertDoesNotThrow(this::check);
  }

  @Test
  void a_snapshot_of_nothing_is_named_as_that() {
    lvm.table("vg-src-real", "0 65536 zero ");
    assertEquals(
        "vg/snap: is not a snapshot of a volume: lvcreate made it with --virtualsize, over zeros;"
            + " copy it: blkdelta copy vg/snap DESTINATION",
        refused().getMessage());
  }

  @Test
  void a_missing_part_is_found_below_what_it_is_a_part_of() throws IOException {
    lvm.device("vg-src-missing_1_0", 9, 1, "", "0 100 error ");
    lvm.table("vg-src-real", "0 65436 linear 98:0 2048\n65436 100 linear 254:9 0");
    assertEquals(
        "vg/snap: a part of its origin is missing and cannot be read (device vg-src-missing_1_0, 100"
            + " sectors from sector 0 on); is a physical volume absent? see: pvs, lvs -o +devices",
        refused().getMessage());
    lvm.table("vg-src-missing_1_0", "0 100 zero ");
    assertSays(refused(), "is missing and reads as zeros (device vg-src-missing_1_0");
    lvm.table("vg-src-real", "0 65536 striped 2 128 98:0 0 254:9 0");
    assertSays(refused(), "is missing and reads as zeros (device vg-src-missing_1_0");
  }

  @Test
  void what_is_missing_beside_it_on_the_same_device_does_not_matter() throws IOException {
    lvm.device("disk", 9, 1, "", "0 2048 error \n2048 65536 linear 98:0 0\n67584 10 error ");
    lvm.table("vg-src-real", "0 65536 linear 254:9 2048");
    assertDoesNotThrow(this::check);
    lvm.table("vg-src-real", "0 65536 linear 254:9 2049");
    assertSays(refused(), "a part of its origin is missing");
  }

  @Test
  void an_origin_that_ends_early_or_is_one_in_part_is_refused() {
    lvm.table("vg-src-real", "0 65530 linear 98:0 2048");
    assertEquals(
        "vg/snap: its origin goes on after the end of the device vg-src-real, at sector 65530;"
            + " repair the volume with LVM",
        refused().getMessage());
    lvm.table("vg-src", "0 65536 snapshot-origin 254:1\n65536 8 linear 98:0 0");
    assertSays(refused(), "vg/snap: only a part of vg-src is an origin (dmsetup table vg-src)");
  }

  private SourceException refused() {
    return assertThrows(SourceException.class, this::check);
  }

  private void check() throws IOException {
    var volumes = new LvmVolumes(lvm, folder.resolve("dev"), lvm);
    volumes.checkOrigin(volumes.find("vg/snap"), "vg/snap");
  }
}
