package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackingDevicesTest {

  @TempDir Path folder;

  private FakeKernelFiles kernel;
  private Path disk;
  private Path partition;
  private Path web;
  private Path mail;

  /// A disk, a partition of it, and two volumes that stand on that.
  @BeforeEach
  void aKernelWithVolumes() throws IOException {
    kernel = new FakeKernelFiles(folder);
    disk = kernel.disk("sda", "8:0");
    partition = kernel.partition("sda", "sda1", "8:1");
    web = kernel.disk("dm-0", "254:0");
    mail = kernel.disk("dm-1", "254:1");
    kernel.stands("dm-0", "sda1");
    kernel.stands("dm-1", "sda1");
  }

  @Test
  void it_names_the_device_and_all_below_it() throws IOException {
    var footing = of(web);
    assertEquals("3f1c-boot", footing.host());
    assertEquals(Set.of("b:254:0"), footing.tops());
    assertEquals(Set.of("b:254:0", "b:8:1", "b:8:0"), footing.below());
  }

  @Test
  void a_device_overlaps_itself_and_what_it_stands_on_both_ways() throws IOException {
    for (var other : List.of(web, kernel.alias("vg-web", "254:0"), partition, disk)) {
      assertTrue(of(web).overlaps(of(other)), () -> "with " + other);
      assertTrue(of(other).overlaps(of(web)), () -> "with " + other);
    }
  }

  @Test
  void volumes_beside_each_other_do_not_overlap() throws IOException {
    assertFalse(of(web).overlaps(of(mail)));
    assertFalse(of(mail).overlaps(of(web)));
  }

  @Test
  void one_of_several_is_enough() throws IOException {
    assertTrue(of(mail, web).overlaps(of(web)));
    assertTrue(of(web).overlaps(of(mail, disk)));
  }

  @Test
  void a_loop_device_stands_on_its_file_under_any_name_of_it() throws IOException {
    var file = Files.createFile(folder.resolve("image"));
    var link = Files.createLink(folder.resolve("link"), file);
    var other = Files.createFile(folder.resolve("other"));
    var loop = kernel.disk("loop0", "7:0");
    kernel.backing("loop0", file);
    assertTrue(of(loop).overlaps(of(link)));
    assertTrue(of(link).overlaps(of(loop)));
    assertFalse(of(loop).overlaps(of(other)));
  }

  @Test
  void a_loop_device_on_a_volume_stands_on_its_disk() throws IOException {
    var loop = kernel.disk("loop0", "7:0");
    kernel.backing("loop0", web);
    assertTrue(of(loop).overlaps(of(web)));
    assertTrue(of(loop).overlaps(of(disk)));
    assertFalse(of(loop).overlaps(of(mail)));
  }

  @Test
  void a_loop_device_whose_file_is_gone_stands_on_nothing() throws IOException {
    var loop = kernel.disk("loop0", "7:0");
    kernel.backing("loop0", folder.resolve("image (deleted)"));
    assertEquals(Set.of("b:7:0"), of(loop).below());
  }

  @Test
  void circles_end() throws IOException {
    kernel.stands("sda", "dm-0");
    assertEquals(Set.of("b:254:0", "b:8:1", "b:8:0"), of(web).below());
  }

  @Test
  void equal_numbers_on_another_host_mean_nothing() throws IOException {
    var here = of(web);
    var there = new BackingDevices("other-boot", here.tops(), here.below());
    assertFalse(here.overlaps(there));
    var nowhere = new BackingDevices("", here.tops(), here.below());
    assertFalse(nowhere.overlaps(nowhere));
  }

  @Test
  void what_does_not_exist_has_no_footing() {
    assertThrows(NoSuchFileException.class, () -> of(folder.resolve("absent")));
  }

  private BackingDevices of(Path... paths) throws IOException {
    return BackingDevices.of(List.of(paths), kernel.proc, kernel.sys, kernel);
  }
}
