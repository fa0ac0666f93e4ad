package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceIdentityTest {

  @TempDir Path folder;

  @Test
  void a_device_is_known_by_its_own_id() throws IOException {
    attribute("dm/uuid", "LVM-abc\n");
    assertEquals(Optional.of("LVM-abc"), device());
  }

  @Test
  void a_disk_is_known_by_its_wwid() throws IOException {
    attribute("dm/uuid", "\n");
    attribute("device/wwid", "naa.5000\n");
    assertEquals(Optional.of("naa.5000"), device());
  }

  @Test
  void a_device_without_an_id_is_not_known() throws IOException {
    attribute("size", "100\n");
    assertEquals(Optional.empty(), device());
  }

  @Test
  void a_partition_is_one_of_its_disk() throws IOException {
    var disk = Files.createDirectories(folder.resolve("devices/sda"));
    Files.writeString(disk.resolve("wwid"), "eui.1\n");
    Files.writeString(Files.createDirectories(disk.resolve("sda2")).resolve("partition"), "2\n");
    var node = folder.resolve("sys/dev/block/8:2");
    Files.createDirectories(node.getParent());
    Files.createSymbolicLink(node, disk.resolve("sda2"));
    assertEquals(Optional.of("eui.1 partition 2"), device());
  }

  @Test
  void a_loop_device_is_its_file() throws IOException {
    var file = Files.write(folder.resolve("image"), new byte[1]);
    attribute("loop/backing_file", file + "\n");
    attribute("loop/offset", "0\n");
    assertEquals(DeviceIdentity.of(file, folder), device());
    attribute("loop/offset", "1024\n");
    assertTrue(device().orElseThrow().endsWith(" from byte 1024"));
    Files.delete(file);
    assertEquals(Optional.empty(), device());
  }

  @Test
  void a_file_stays_itself_when_it_moves_and_is_written_to() throws IOException {
    var file = Files.write(folder.resolve("image"), new byte[1]);
    var identity = DeviceIdentity.of(file, folder);
    assertNotEquals(
        identity, DeviceIdentity.of(Files.write(folder.resolve("b"), new byte[1]), folder));
    var moved = Files.move(file, folder.resolve("moved"));
    Files.write(moved, new byte[2]);
    assertEquals(identity, DeviceIdentity.of(moved, folder));
  }

  @Test
  void a_file_on_a_disk_without_an_id_is_known_by_the_disks_place_too() throws IOException {
    var file = Files.write(folder.resolve("image"), new byte[1]);
    DeviceNumber disk;
    try (var status = new FileStatus()) {
      assertTrue(status.ask(file.toString()));
      disk = status.fileSystem();
    }
    assumeTrue(disk.major() != 0, "the temporary folder is on no disk");
    var sys = folder.resolve("sys");
    var anywhere = DeviceIdentity.of(file, sys).orElseThrow();
    var link = Files.createDirectories(sys.resolve("dev/block")).resolve(disk.toString());
    Files.createSymbolicLink(link, Files.createDirectories(sys.resolve("devices/pci/vda")));
    assertEquals(Optional.of(anywhere + " at devices/pci/vda"), DeviceIdentity.of(file, sys));
    Files.writeString(link.resolve("wwid"), "s1\n");
    assertTrue(DeviceIdentity.of(file, sys).orElseThrow().endsWith(" on s1"));
  }

  private void attribute(String name, String text) throws IOException {
    var file = folder.resolve("sys/dev/block/8:2").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private Optional<String> device() throws IOException {
    var node = folder.resolve("node");
    return DeviceIdentity.of(
        node,
        folder.resolve("sys"),
        path -> path.equals(node) ? Optional.of(new DeviceNumber(8, 2)) : Optional.empty());
  }
}
