package org.blkdelta.cli;

import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.blkdelta.vmdk.HostedBuilder.hosted;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.vmdk.HostedBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `apply` with disks that were exported from VMware.
class DiskStreamTest {

  private static final int SECTOR = 512;
  private static final int GRAIN = 8 * SECTOR;

  /// Two tables, the last grain three sectors long.
  private static final int SECTORS = 600 * 8 + 3;

  @TempDir private Path folder;

  @Test
  void an_export_becomes_the_disk_from_a_file_and_from_a_pipe() throws IOException {
    for (var export :
        new HostedBuilder[] {
          export(),
          export().directoryAtEnd(),
          export().directoryAtEnd().progress(),
          export().directoryAtEnd().shortLastGrain(),
          export().shuffled(5),
          export().directoryAtEnd().shuffled(6)
        }) {
      var bytes = export.build().bytes();
      var file = Files.write(folder.resolve("export.vmdk"), bytes);
      var fromFile = rubbish("a.img");
      Cli.run("apply", "-q", file, fromFile).ok();
      assertArrayEquals(expected(), Files.readAllBytes(fromFile));
      var fromPipe = rubbish("b.img");
      new Cli().reading(bytes).with("apply", "-q", "-", fromPipe).ok();
      assertArrayEquals(expected(), Files.readAllBytes(fromPipe));
    }
  }

  @Test
  void an_export_that_is_cut_anywhere_before_its_last_grain_ends_is_never_a_success()
      throws IOException {
    for (var export : new HostedBuilder[] {export(), export().directoryAtEnd()}) {
      var bytes = export.build().bytes();
      var whole = Files.write(folder.resolve("whole.vmdk"), bytes);
      var copy = rubbish("copy.img");
      Cli.run("apply", "-q", whole, copy).ok();
      for (int length = 0; length < bytes.length; length += 3 * SECTOR + 1) {
        var cut = Arrays.copyOf(bytes, length);
        var target = rubbish("cut.img");
        var run = new Cli().reading(cut).with("apply", "-q", "-", target);
        assertTrue(
            run.status() == 0
                ? Arrays.equals(expected(), Files.readAllBytes(target))
                : run.status() == 4 || run.status() == 7,
            length + ": " + run.stderr());
        var file = Files.write(folder.resolve("cut.vmdk"), cut);
        var untouched = rubbish("untouched.img");
        if (Cli.run("apply", "-q", file, untouched).status() != 0) {
          assertEquals(-1, Files.mismatch(untouched, rubbish("same.img")), "cut at " + length);
        }
      }
    }
  }

  @Test
  void a_stream_whose_tables_list_a_grain_that_did_not_come_is_refused() throws IOException {
    var bytes = export().directoryAtEnd().build().bytes();
    bytes[firstTable(bytes)] ^= 1;
    var target = rubbish("a.img");
    var run = new Cli().reading(bytes).with("apply", "-q", "-", target);
    assertEquals(7, run.status(), run.stderr());
    assertTrue(run.stderr().contains("is cut off, or lost grains on its way"), run.stderr());
  }

  @Test
  void a_marker_that_reads_as_an_early_end_does_not_end_the_disk() throws IOException {
    var bytes = export().directoryAtEnd().build().bytes();
    int marker = firstTable(bytes) - SECTOR;
    Arrays.fill(bytes, marker, marker + SECTOR, (byte) 0);
    var target = rubbish("a.img");
    var run = new Cli().reading(bytes).with("apply", "-q", "-", target);
    assertEquals(7, run.status(), run.stderr());
    var file = Files.write(folder.resolve("early.vmdk"), bytes);
    assertEquals(4, Cli.run("apply", "-q", file, rubbish("b.img")).status());
  }

  @Test
  void a_disk_with_plain_grains_cannot_be_read_from_a_pipe() throws IOException {
    var plain = hosted(SECTORS).grain(0, 1).build().bytes();
    var run = new Cli().reading(plain).with("apply", "-", rubbish("a.img"));
    assertEquals(4, run.status());
    assertTrue(run.stderr().contains("is not a compressed disk"), run.stderr());
  }

  @Test
  void an_export_that_is_a_delta_is_refused_before_anything_is_written() throws IOException {
    for (var parent : new String[] {"0000002a", "fffffffd"}) {
      var text =
          descriptor("streamOptimized")
              .extent(SECTORS, "SPARSE", "x")
              .text()
              .replace("parentCID=ffffffff", "parentCID=" + parent);
      var delta = export().descriptor(text).directoryAtEnd().build().bytes();
      var copy = rubbish("a.img");
      for (var run :
          List.of(
              new Cli().reading(delta).with("apply", "-", copy),
              Cli.run("apply", Files.write(folder.resolve("delta.vmdk"), delta), copy))) {
        assertEquals(4, run.status(), run.stderr());
        assertTrue(
            run.stderr().contains("holds only what changed since its parent (parentCID " + parent),
            run.stderr());
      }
      assertEquals(-1, Files.mismatch(copy, rubbish("same.img")));
    }
  }

  static HostedBuilder export() {
    return hosted(SECTORS)
        .grainSectors(8)
        .compressed(6)
        .grain(0, noise(1))
        .grain(7, noise(2))
        .grain(513, noise(9))
        .grain(600, Arrays.copyOf(noise(3), 3 * SECTOR));
  }

  static byte[] expected() {
    var disk = new byte[SECTORS * SECTOR];
    System.arraycopy(noise(1), 0, disk, 0, GRAIN);
    System.arraycopy(noise(2), 0, disk, 7 * GRAIN, GRAIN);
    System.arraycopy(noise(9), 0, disk, 513 * GRAIN, GRAIN);
    System.arraycopy(noise(3), 0, disk, 600 * GRAIN, 3 * SECTOR);
    return disk;
  }

  /// Returns where the first entry of the first table is that has a marker in front.
  private static int firstTable(byte[] stream) {
    for (int at = 0; at < stream.length; at += SECTOR) {
      boolean isMarker = stream[at] == 4 && stream[at + 8] == 0 && stream[at + 12] == 1;
      if (isMarker && stream[at + 1] == 0 && stream[at + 9] == 0) {
        return at + SECTOR;
      }
    }
    throw new AssertionError("no table");
  }

  private static byte[] noise(int seed) {
    var bytes = new byte[GRAIN];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private Path rubbish(String name) throws IOException {
    var bytes = new byte[SECTORS * SECTOR];
    Arrays.fill(bytes, (byte) 0x55);
    return Files.write(folder.resolve(name), bytes);
  }
}
