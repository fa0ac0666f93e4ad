package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.LoopDevice;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `copy` and `verify` with devices of this host's kernel.
class WholeVolumesIT {

  private static final int SIZE = 24 << 20;

  @TempDir Path folder;

  private final Deque<Closeable> cleanups = new ArrayDeque<>();
  private final byte[] content = new byte[SIZE];

  @BeforeEach
  void aVolume() {
    LoopDevice.require("mount", "umount", "mkfs.ext4");
    new Random(24).nextBytes(content);
    Arrays.fill(content, 3 << 20, 9 << 20, (byte) 0);
    Arrays.fill(content, 20 << 20, SIZE, (byte) 0);
  }

  @AfterEach
  void leaveNothingBehind() throws IOException {
    for (var one : cleanups) {
      one.close();
    }
  }

  @Test
  void a_device_is_copied_compared_and_repaired() throws IOException {
    var source = holding("source", content);
    var copy = holding("copy", random());
    Cli.run("copy", source.node(), copy.node()).ok();
    assertArrayEquals(content, Files.readAllBytes(copy.file()));
    Cli.run("verify", source.node(), copy.node()).ok();

    changeBelow(copy, 5 << 20);
    var run = Cli.run("verify", "--extents", source.node(), copy.node());
    assertEquals(3, run.status(), run.stderr());
    assertEquals((5 << 20) + " 4096\n", run.stdout());
    Cli.run("verify", "--repair", source.node(), copy.node()).ok();
    assertArrayEquals(content, onMedium(copy));
  }

  /// The page cache says that it is zeros already, and the medium holds something else.
  @Test
  void zeros_are_made_where_only_a_stale_cache_has_them() throws IOException {
    var copy = holding("copy", new byte[SIZE]);
    try (var held = FileDisk.forReading(copy.node())) {
      held.read(ByteBuffer.allocate(SIZE), 0);
      changeBelow(copy, 5 << 20);
      Cli.run("copy", holding("source", new byte[SIZE]).node(), copy.node()).ok();
    }
    assertArrayEquals(new byte[SIZE], onMedium(copy));
  }

  @Test
  void a_limit_is_kept() throws IOException {
    var source = holding("source", content);
    var copy = keep(LoopDevice.sparse(folder.resolve("copy"), SIZE));
    long start = System.nanoTime();
    Cli.run("copy", "--bwlimit", "7M", source.node(), copy.node()).ok();
    assertTrue(System.nanoTime() - start >= 1_500_000_000L, "14 MiB in less than 1.5 s");
    assertArrayEquals(content, Files.readAllBytes(copy.file()));
  }

  @Test
  void a_device_that_reads_zeros_is_not_filled() throws IOException {
    var copy = keep(LoopDevice.sparse(folder.resolve("copy"), SIZE));
    Cli.run("copy", Files.write(folder.resolve("image"), content), copy.node()).ok();
    assertArrayEquals(content, Files.readAllBytes(copy.file()));
    var blocks = Long.parseLong(Programs.run("stat", "-c", "%b", copy.file().toString()).strip());
    assertTrue(blocks * 512 <= (14 << 20) + (1 << 20), blocks + " blocks");
  }

  @Test
  void a_mounted_destination_is_compared_and_not_written() throws IOException {
    var copy = keep(LoopDevice.sparse(folder.resolve("copy"), SIZE));
    Programs.run("mkfs.ext4", "-q", copy.node().toString());
    var point = Files.createDirectory(folder.resolve("mounted"));
    Programs.run("mount", "-o", "ro", copy.node().toString(), point.toString());
    cleanups.push(() -> Programs.run("umount", point.toString()));
    var before = onMedium(copy);
    var source = holding("source", content);
    for (var command : new String[] {"copy", "verify --repair"}) {
      var words = (command + " " + source.node() + " " + copy.node()).split(" ", -1);
      var run = Cli.run((Object[]) words);
      assertEquals(5, run.status(), run.stderr());
      assertTrue(run.stderr().contains(": is mounted at " + point + "; "), run.stderr());
    }
    assertEquals(3, Cli.run("verify", source.node(), copy.node()).status());
    assertArrayEquals(before, onMedium(copy));
    var mounted = Cli.run("copy", copy.node(), source.node()).ok();
    assertTrue(mounted.stderr().contains("read from a newer snapshot"), mounted.stderr());
  }

  @Test
  void a_copy_onto_what_it_reads_is_refused() throws IOException {
    var device = holding("source", content);
    var small = keep(LoopDevice.sparse(folder.resolve("small"), SIZE - 512));
    for (var destination : new Path[] {device.node(), device.file(), small.node()}) {
      assertEquals(5, Cli.run("copy", device.node(), destination).status());
    }
    assertEquals(5, Cli.run("copy", device.file(), device.node()).status());
    assertArrayEquals(content, onMedium(device));
    assertEquals(3, Cli.run("verify", device.node(), small.node()).status());
  }

  private byte[] random() {
    var bytes = new byte[SIZE];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private LoopDevice holding(String name, byte[] bytes) throws IOException {
    return keep(LoopDevice.on(Files.write(folder.resolve(name), bytes)));
  }

  private <T extends Closeable> T keep(T resource) {
    cleanups.push(resource);
    return resource;
  }

  /// Changes a byte of the medium, of which the device's page cache hears nothing.
  private static void changeBelow(LoopDevice device, int offset) throws IOException {
    try (var file = new RandomAccessFile(device.file().toFile(), "rw")) {
      file.seek(offset);
      file.write(0x55);
      file.getFD().sync();
    }
  }

  private static byte[] onMedium(LoopDevice device) throws IOException {
    var bytes = ByteBuffer.allocate(SIZE);
    try (var disk = DirectDisk.open(device.node())) {
      disk.read(bytes, 0);
    }
    return bytes.array();
  }
}
