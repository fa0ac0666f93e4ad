package org.blkdelta.disk;

import static org.blkdelta.disk.DiskContract.bytes;
import static org.blkdelta.disk.DiskContract.read;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceUse;
import org.blkdelta.linux.ExclusiveHold;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Disks on block devices of a real kernel.
class BlockDeviceIT {

  /// A size that is a multiple of a sector and of nothing larger.
  private static final int ODD_SIZE = (1 << 20) + 1001 * 512;

  @TempDir Path folder;

  @BeforeEach
  void aHostWithLoopDevices() {
    LoopDevice.require();
  }

  @Test
  void direct_reads_of_any_offset_and_length_are_right() throws IOException {
    var content = bytes(ODD_SIZE);
    try (var device = holding(content);
        var disk = DirectDisk.open(device.node())) {
      assertInstanceOf(DirectDisk.class, disk);
      assertEquals(ODD_SIZE, disk.size());
      assertEquals(device.node().toString(), disk.name());
      var random = new Random(7);
      for (int round = 0; round < 300; round++) {
        int offset = random.nextInt(ODD_SIZE);
        int length = random.nextInt(Math.min(ODD_SIZE - offset, round % 10 == 0 ? ODD_SIZE : 9000));
        assertArrayEquals(
            Arrays.copyOfRange(content, offset, offset + length),
            read(disk, offset, length),
            "%d+%d".formatted(offset, length));
      }
      for (int length : new int[] {1, 511, 512, 513, 4095, 4096, 4097, ODD_SIZE}) {
        assertArrayEquals(
            Arrays.copyOfRange(content, ODD_SIZE - length, ODD_SIZE),
            read(disk, ODD_SIZE - length, length),
            "the last " + length);
      }
      assertEquals(0, read(disk, ODD_SIZE, 0).length);
    }
  }

  @Test
  void direct_reads_end_where_the_device_does() throws IOException {
    try (var device = holding(bytes(ODD_SIZE));
        var disk = DirectDisk.open(device.node())) {
      for (long offset : new long[] {ODD_SIZE - 1, ODD_SIZE, ODD_SIZE + 1, ODD_SIZE + 100_000L}) {
        var cut = assertThrows(EOFException.class, () -> read(disk, offset, 2));
        assertSays(cut, device.node() + ": at byte ", ": ends here, too early");
      }
    }
  }

  @Test
  void direct_reads_see_what_is_written_below_the_cache() throws IOException {
    var content = bytes(1 << 20);
    try (var device = holding(content);
        var held = FileDisk.forReading(device.node());
        var direct = DirectDisk.open(device.node())) {
      assertArrayEquals(content, read(held, 0, content.length));
      try (var below = FileDisk.forWriting(device.file(), () -> {}, device.file().toString())) {
        below.write(ByteBuffer.wrap(new byte[] {0, 0, 0}), 5000);
        below.sync();
      }
      content[5000] = 0;
      content[5001] = 0;
      content[5002] = 0;
      assertArrayEquals(content, read(direct, 0, content.length));
    }
  }

  @Test
  void an_image_file_is_read_through_the_cache() throws IOException {
    var file = Files.write(folder.resolve("image"), bytes(100));
    try (var disk = DirectDisk.open(file)) {
      assertInstanceOf(FileDisk.class, disk);
      assertArrayEquals(bytes(100), read(disk, 0, 100));
    }
  }

  @Test
  void writes_and_zeros_reach_the_device_and_nothing_else() throws IOException {
    var content = bytes(ODD_SIZE);
    try (var device = holding(content)) {
      try (var disk = FileDisk.forWriting(device.node(), () -> {}, device.node().toString())) {
        assertEquals(ODD_SIZE, disk.size());
        disk.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), ODD_SIZE - 3);
        for (int[] run :
            new int[][] {{100, 50}, {4096, 65_536}, {200_001, 300_001}, {900_000, 4}}) {
          disk.zero(run[0], run[1]);
          Arrays.fill(content, run[0], run[0] + run[1], (byte) 0);
        }
        assertThrows(IOException.class, () -> disk.write(ByteBuffer.allocate(2), ODD_SIZE - 1));
        assertThrows(IOException.class, () -> disk.zero(ODD_SIZE - 70_000, 70_001));
        disk.sync();
      }
      System.arraycopy(new byte[] {1, 2, 3}, 0, content, ODD_SIZE - 3, 3);
      assertArrayEquals(content, Files.readAllBytes(device.file()));
      try (var direct = DirectDisk.open(device.node())) {
        assertArrayEquals(content, read(direct, 0, ODD_SIZE));
      }
    }
  }

  @Test
  void zeros_over_what_was_just_written_are_zeros() throws IOException {
    try (var device = holding(bytes(1 << 20));
        var disk =
            FileDisk.forWriting(
                device.node(),
                ExclusiveHold.of(device.node()).orElseThrow(),
                device.node().toString())) {
      disk.write(ByteBuffer.wrap(bytes(500_000)), 1);
      disk.zero(0, 1 << 20);
      disk.write(ByteBuffer.wrap(new byte[] {9}), 70_000);
      disk.sync();
      var expected = new byte[1 << 20];
      expected[70_000] = 9;
      assertArrayEquals(expected, read(disk, 0, 1 << 20));
      assertArrayEquals(expected, Files.readAllBytes(device.file()));
    }
  }

  @Test
  void zeros_give_back_what_a_device_took_where_the_kernel_promises_zeros() throws IOException {
    try (var device = holding(bytes(4 << 20))) {
      long full = allocated(device.file());
      try (var disk = FileDisk.forWriting(device.node(), () -> {}, device.node().toString())) {
        disk.zero(1 << 20, 2 << 20);
        disk.sync();
        assertArrayEquals(new byte[2 << 20], read(disk, 1 << 20, 2 << 20));
      }
      assertTrue(allocated(device.file()) <= full - (2 << 20), "of " + full);
    }
  }

  /// Returns the bytes that a file takes on its disk.
  private static long allocated(Path file) throws IOException {
    return 512 * Long.parseLong(Programs.run("stat", "-c", "%b", file.toString()).strip());
  }

  @Test
  void a_device_has_a_number_under_each_of_its_names() throws IOException {
    try (var device = holding(bytes(4096))) {
      var number = DeviceNumber.of(device.node()).orElseThrow();
      assertEquals(7, number.major());
      var link = Files.createSymbolicLink(folder.resolve("link"), device.node());
      assertEquals(number, DeviceNumber.of(link).orElseThrow());
    }
  }

  @Test
  void a_second_hold_of_a_device_is_refused_until_the_first_ends() throws IOException {
    try (var device = holding(bytes(4096))) {
      var alias = folder.resolve("alias");
      var number = DeviceNumber.of(device.node()).orElseThrow();
      Programs.run("mknod", alias.toString(), "b", "" + number.major(), "" + number.minor());
      var first = ExclusiveHold.of(device.node()).orElseThrow();
      try (first) {
        assertTrue(ExclusiveHold.of(device.node()).isEmpty());
        assertTrue(ExclusiveHold.of(alias).isEmpty());
      }
      ExclusiveHold.of(alias).orElseThrow().close();
    }
  }

  @Test
  void the_kernels_own_files_say_who_uses_a_device() throws IOException {
    var use = new DeviceUse(Path.of("/proc"), Path.of("/sys"));
    try (var lower = holding(bytes(1 << 20))) {
      assertEquals(List.of(), use.of(lower.node()));
      var upper = LoopDevice.on(lower.node());
      try (upper) {
        var held = "is held by the device " + upper.node().getFileName();
        assertEquals(
            List.of(held), use.of(lower.node()).stream().map(DeviceUse.Use::words).toList());
        var footing = footing(upper.node());
        assertTrue(footing.overlaps(footing(lower.node())));
        assertTrue(footing.overlaps(footing(lower.file())));
      }
      assertEquals(
          List.of("is held by the device " + lower.node().getFileName()),
          use.of(lower.file()).stream().map(DeviceUse.Use::words).toList());
    }
  }

  private static BackingDevices footing(Path path) throws IOException {
    return BackingDevices.of(List.of(path), Path.of("/proc"), Path.of("/sys"));
  }

  private LoopDevice holding(byte[] content) throws IOException {
    return LoopDevice.on(Files.write(folder.resolve("device.img"), content));
  }
}
