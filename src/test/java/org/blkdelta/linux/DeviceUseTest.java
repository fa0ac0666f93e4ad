package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceUseTest {

  @TempDir Path folder;

  private FakeKernelFiles kernel;
  private Path sda;

  @BeforeEach
  void aKernelWithOneDisk() throws IOException {
    kernel = new FakeKernelFiles(folder);
    sda = kernel.disk("sda", "8:0");
  }

  @Test
  void a_disk_that_nobody_uses_is_free() throws IOException {
    kernel.disk("sdb", "8:16");
    kernel.mountinfo(
        "30 1 8:16 / /srv rw - ext4 /dev/sdb rw", "31 1 0:5 / /proc rw - proc proc rw");
    kernel.swaps("/swapfile file 100 0 -2");
    assertEquals(List.of(), uses(sda));
  }

  @Test
  void a_mount_is_found_by_the_number_whatever_the_source_is_called() throws IOException {
    kernel.mountinfo("30 1 8:0 / /srv/data\\040one rw,relatime shared:1 - ext4 /dev/root rw");
    assertEquals(List.of(new Use(Reason.MOUNTED, "is mounted at /srv/data one")), uses(sda));
  }

  @Test
  void a_mount_is_found_by_its_source_where_the_number_is_the_file_systems_own()
      throws IOException {
    kernel.mountinfo("30 1 0:44 / /srv rw - btrfs " + sda + " rw");
    assertEquals(List.of(new Use(Reason.MOUNTED, "is mounted at /srv")), uses(sda));
  }

  @Test
  void every_mount_of_it_is_named() throws IOException {
    kernel.mountinfo("30 1 8:0 / /a rw - ext4 x rw", "31 1 8:0 /sub /b rw - ext4 x rw");
    assertEquals(
        List.of(
            new Use(Reason.MOUNTED, "is mounted at /a"),
            new Use(Reason.MOUNTED, "is mounted at /b")),
        uses(sda));
  }

  @Test
  void what_a_partition_is_used_for_counts_for_the_disk() throws IOException {
    kernel.partition("sda", "sda1", "8:1");
    kernel.mountinfo("30 1 8:1 / /boot rw - ext4 x rw");
    assertEquals(List.of(new Use(Reason.MOUNTED, "is mounted at /boot")), uses(sda));
  }

  @Test
  void what_another_partition_is_used_for_does_not_count() throws IOException {
    kernel.partition("sda", "sda1", "8:1");
    var second = kernel.partition("sda", "sda2", "8:2");
    kernel.mountinfo("30 1 8:1 / /boot rw - ext4 x rw");
    assertEquals(List.of(), uses(second));
  }

  @Test
  void swap_is_found_by_any_node_of_the_device() throws IOException {
    var alias = kernel.alias("by-id", "8:0");
    kernel.swaps(alias + "                            partition\t8188\t0\t-2");
    assertEquals(List.of(new Use(Reason.SWAP, "is in use as swap")), uses(sda));
  }

  @Test
  void a_swap_file_is_found_by_any_name_of_it() throws IOException {
    var file = Files.createFile(folder.resolve("swap file"));
    var link = Files.createLink(folder.resolve("link"), file);
    kernel.swaps(file.toString().replace(" ", "\\040") + "   file\t8188\t0\t-2");
    assertEquals(List.of(new Use(Reason.SWAP, "is in use as swap")), uses(link));
  }

  @Test
  void a_holder_is_named_as_the_device_mapper_names_it() throws IOException {
    kernel.disk("dm-3", "254:3");
    kernel.mapped("dm-3", "vg0-web");
    kernel.stands("dm-3", "sda");
    kernel.disk("md0", "9:0");
    kernel.stands("md0", "sda");
    assertEquals(
        List.of(
            new Use(Reason.HELD, "is held by the device md0"),
            new Use(Reason.HELD, "is held by the device vg0-web")),
        uses(sda).stream().sorted(Comparator.comparing(Use::words)).toList());
  }

  @Test
  void a_file_under_a_loop_device_is_held() throws IOException {
    var file = Files.createFile(folder.resolve("image"));
    kernel.disk("loop4", "7:4");
    kernel.backing("loop4", file);
    kernel.disk("loop5", "7:5");
    kernel.backing("loop5", folder.resolve("image (deleted)"));
    assertEquals(List.of(new Use(Reason.HELD, "is held by the device loop4")), uses(file));
  }

  @Test
  void a_device_under_a_loop_device_is_held() throws IOException {
    kernel.disk("loop4", "7:4");
    kernel.backing("loop4", sda);
    assertEquals(List.of(new Use(Reason.HELD, "is held by the device loop4")), uses(sda));
  }

  @Test
  void a_partition_under_a_loop_device_holds_the_disk() throws IOException {
    var partition = kernel.partition("sda", "sda1", "8:1");
    kernel.disk("loop4", "7:4");
    kernel.backing("loop4", partition);
    assertEquals(List.of(new Use(Reason.HELD, "is held by the device loop4")), uses(sda));
  }

  @Test
  void a_host_that_publishes_nothing_uses_nothing() throws IOException {
    var use = new DeviceUse(folder.resolve("none"), folder.resolve("none"), kernel);
    assertEquals(List.of(), use.of(sda));
    assertEquals(List.of(), use.of(Files.createFile(folder.resolve("file"))));
  }

  @Test
  void the_words_of_the_reasons_are_those_of_force() {
    assertEquals("mounted", Reason.MOUNTED.word());
    assertEquals("swap", Reason.SWAP.word());
    assertEquals("held", Reason.HELD.word());
  }

  private List<Use> uses(Path path) throws IOException {
    return new DeviceUse(kernel.proc, kernel.sys, kernel).of(path);
  }
}
