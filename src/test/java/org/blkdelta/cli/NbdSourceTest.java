package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.nbd.ServedExport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands that read an export of an NBD server.
class NbdSourceTest {

  private static final int SIZE = 8 << 20;
  private static final int MIB = 1 << 20;
  private static final String ALLOCATION = "base:allocation";
  private static final String B0 = "qemu:dirty-bitmap:b0";
  private static final String B1 = "qemu:dirty-bitmap:b1";

  @TempDir Path folder;
  private byte[] content;
  private ServedExport export;
  private Path copy;

  @BeforeEach
  void serve() throws IOException {
    content = DiskContract.bytes(SIZE);
    Arrays.fill(content, 6 * MIB, SIZE, (byte) 0);
    export = ServedExport.of(folder.resolve("socket"), content);
    export.context(ALLOCATION, 6 * MIB, 0, 2 * MIB, 3);
    copy = folder.resolve("copy.img");
  }

  @AfterEach
  void end() throws IOException {
    export.close();
  }

  @Test
  void it_is_copied_and_verified() throws IOException {
    run("copy", "--create", export.uri(), copy).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
    run("verify", export.uri(), copy).ok();
    content[MIB]++;
    assertEquals(3, run("verify", export.uri(), copy).status());
    run("verify", "--repair", export.uri(), copy).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  /// The program at the other end reads the socket there; only ssh is between the machines.
  @Test
  void the_export_of_another_machine_is_read_there() throws IOException {
    var there = new ArrayList<Object>(new VolumeImages(folder, 1).thisMachine());
    there.addAll(List.of("kvm:" + export.uri(), copy));
    there.addFirst("--create");
    there.addFirst("copy");
    run(there.toArray()).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void inspect_says_what_it_is() throws IOException {
    export.context(B0, MIB, 0, 65_536, 1, SIZE, 0);
    assertEquals(
        """
        format:    NBD export of 8 MiB, read-only
        allocated: 6 MiB (75.00%)
        context:   base:allocation
        context:   qemu:dirty-bitmap:b0
        """,
        run("inspect", export.uri()).ok().stdout());
    assertEquals(
        """
        format:    NBD export of 8 MiB, read-only
        dirty:     64 KiB (0.78%) in 1 extent, 0 B of it zeros
        context:   base:allocation
        context:   qemu:dirty-bitmap:b0
        """,
        run("inspect", "--bitmap", "b0", export.uri()).ok().stdout());
    assertEquals(
        "{\"format\":\"nbd\",\"extents\":1,\"bytes\":65536,\"zeroBytes\":0,\"sourceSize\":8388608,"
            + "\"readOnly\":true,\"contexts\":[\"base:allocation\",\"qemu:dirty-bitmap:b0\"],"
            + "\"bitmap\":\"b0\",\"state\":{\"valid\":true}}\n",
        run("inspect", "--json", "--bitmap", "b0", export.uri()).ok().stdout());
    assertEquals(
        "0 6291456 data\n6291456 2097152 zero\n",
        run("inspect", "--extents", export.uri()).ok().stdout());
    assertTrue(run("inspect", "--map", export.uri()).ok().stdout().contains("█"));
  }

  @Test
  void rounds_go_on_from_one_bitmap_to_the_next() throws IOException {
    run("copy", "--create", export.uri(), copy).ok();
    change(2 * MIB);
    export.context(B0, 2 * MIB, 0, 65_536, 1, SIZE, 0);
    run("sync", "--bitmap", "b0", export.uri(), copy).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
    change(3 * MIB);
    export.context(B1, 3 * MIB, 0, 65_536, 1, SIZE, 0);
    var second = run("sync", "--bitmap", "b1", export.uri(), copy).ok();
    assertTrue(second.stderr().contains("other disks may have the same ids"), second.stderr());
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void a_bitmap_does_not_go_on_with_what_another_one_left_half_done() throws IOException {
    run("copy", "--create", export.uri(), copy).ok();
    change(0);
    change(5 * MIB);
    export.context(B0, 65_536, 1, 5 * MIB - 65_536, 0, 65_536, 1, SIZE, 0);
    export.context(B1, 65_536, 1, SIZE, 0);
    run("sync", "--bitmap", "b0", export.uri(), copy).ok();
    change(0);
    change(5 * MIB);
    var before = Files.readAllBytes(copy);
    export.failFrom(5 * MIB);
    var cut = run("sync", "--base=assume", "--bitmap", "b0", export.uri(), copy);
    assertTrue(cut.status() == 4 || cut.status() == 7, cut.stderr());
    assertTrue(cut.stderr().contains("closed the connection too early"), cut.stderr());
    export.failFrom(Long.MAX_VALUE);
    if (cut.status() == 7) {
      assertEquals(5, run("sync", "--bitmap", "b1", export.uri(), copy).status());
    } else {
      assertArrayEquals(before, Files.readAllBytes(copy));
    }
    run("sync", "--bitmap", "b0", export.uri(), copy).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void a_copy_of_something_else_is_refused_by_its_sample() throws IOException {
    Files.write(copy, DiskContract.bytes(SIZE - 1));
    try (var file = Files.newByteChannel(copy, StandardOpenOption.APPEND)) {
      file.write(ByteBuffer.allocate(1));
    }
    var before = Files.readAllBytes(copy);
    export.context(B0, 65_536, 1, SIZE, 0);
    assertEquals(5, run("sync", "--bitmap", "b0", export.uri(), copy).status());
    assertArrayEquals(before, Files.readAllBytes(copy));
  }

  @Test
  void what_is_no_raw_disk_is_refused_unless_that_is_wanted() throws IOException {
    System.arraycopy("QFI\u00fb\0\0\0\3".getBytes(StandardCharsets.ISO_8859_1), 0, content, 0, 8);
    var refused = run("copy", "--create", export.uri(), copy);
    assertEquals(4, refused.status());
    assertTrue(
        refused
            .stderr()
            .contains(
                export.uri()
                    + ": what is served is a qcow2 image, not a raw disk; have the server open the"
                    + " image by its format (qemu-nbd --format), or take its bytes as they are:"
                    + " --raw"),
        refused.stderr());
    run("copy", "--raw", "--create", export.uri(), copy).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void what_does_not_fit_together_is_refused() throws IOException {
    Files.write(copy, content);
    says(5, "is exported read-only", "copy", "--raw", copy, export.uri());
    says(2, "TLS needs a folder", "copy", "nbds://kvm/web", copy);
    says(2, "say what changed: --bitmap NAME, or --depth N", "sync", export.uri(), copy);
    says(2, "exclude each other", "sync", "--bitmap=a", "--depth=1", export.uri(), copy);
    says(2, "--depth=0: give the number of layers", "sync", "--depth=0", export.uri(), copy);
    says(2, "--since goes with", "sync", "--since=a", export.uri(), copy);
    says(2, "--bitmap goes with an NBD export", "sync", "--bitmap=a", copy, copy);
    says(4, "has no bitmap \"b2\"", "sync", "--bitmap=b2", export.uri(), copy);
    says(4, "does not tell which layer has what", "sync", "--depth=1", export.uri(), copy);
    says(6, "cannot be reached", "copy", "nbd+unix:///?socket=" + folder + "/none", copy);
  }

  private void says(int status, String what, Object... words) {
    var run = run(words);
    assertEquals(status, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
  }

  private void change(int at) {
    for (int i = at; i < at + 65_536; i++) {
      content[i]++;
    }
  }

  private static Cli.Run run(Object... words) {
    return Cli.run(words);
  }
}
