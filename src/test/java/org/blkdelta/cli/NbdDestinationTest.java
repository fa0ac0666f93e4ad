package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.nbd.ServedExport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands that write to an export of an NBD server.
class NbdDestinationTest {

  private static final int MIB = 1 << 20;
  private static final int SIZE = 8 * MIB;

  /// What doc/proto.md calls NBD_FLAG_SEND_FLUSH and NBD_FLAG_SEND_WRITE_ZEROES.
  private static final int ALL = 4 | 64;

  private static final int WRITE = 1;
  private static final int FLUSH = 3;

  @TempDir Path folder;
  private byte[] content;
  private byte[] served;
  private ServedExport source;
  private ServedExport export;

  @BeforeEach
  void serve() throws IOException {
    content = DiskContract.bytes(SIZE);
    Arrays.fill(content, 6 * MIB, SIZE, (byte) 0);
    served = new byte[SIZE + 4096];
    Arrays.fill(served, MIB, SIZE + 4096, (byte) 7);
    source = ServedExport.of(folder.resolve("source"), content);
    source.context("base:allocation", 6 * MIB, 0, 2 * MIB, 3);
    export = ServedExport.of(folder.resolve("socket"), served);
    export.writable(ALL);
  }

  @AfterEach
  void end() throws IOException {
    source.close();
    export.close();
  }

  @Test
  void copied_verified_and_repaired() throws IOException {
    says(0, "would send 6 MiB of 8 MiB", "copy", "--dry-run", source.uri(), export.uri());
    assertEquals(7, served[MIB]);
    ok("copy", "--verify", source.uri(), export.uri());
    assertHeld();
    assertEquals(7, served[SIZE]);
    says(0, "4 KiB more of the destination", "verify", source.uri(), export.uri());
    served[5 * MIB]++;
    says(3, "differ", "verify", source.uri(), export.uri());
    ok("verify", "--repair", source.uri(), export.uri());
    assertHeld();
  }

  /// The program at the other end writes to the socket there.
  @Test
  void the_export_of_another_machine_is_written_there() throws IOException {
    var there = new ArrayList<Object>(List.of("copy"));
    there.addAll(new VolumeImages(folder, 1).thisMachine());
    there.addAll(List.of(source.uri(), "kvm:" + export.uri()));
    ok(there.toArray());
    assertHeld();
  }

  @Test
  void what_starts_from_another_state_is_refused_and_an_undo_leads_back() throws IOException {
    ok("copy", source.uri(), export.uri());
    var before = served.clone();
    change(2 * MIB);
    source.context("qemu:dirty-bitmap:b0", 2 * MIB, 0, 65_536, 1, SIZE, 0);
    var undo = folder.resolve("undo");
    ok("sync", "--bitmap=b0", "--undo=" + undo, source.uri(), export.uri());
    assertHeld();
    says(0, "holds nbd", "state", export.uri());
    ok("apply", undo, export.uri());
    assertArrayEquals(before, served);
  }

  @Test
  void another_disk_at_the_same_place_is_not_taken_for_the_copy() throws IOException {
    ok("copy", source.uri(), export.uri());
    change(2 * MIB);
    source.context("qemu:dirty-bitmap:b0", 2 * MIB, 0, 65_536, 1, SIZE, 0);
    var other = DiskContract.bytes(SIZE);
    other[510] = 0x55;
    other[511] = (byte) 0xaa;
    var before = other.clone();
    export.content(other);
    says(5, "doesn't match the state", "sync", "--bitmap=b0", source.uri(), export.uri());
    says(5, "it does not hold what the last run wrote there", "copy", source.uri(), export.uri());
    assertArrayEquals(before, other);
    says(0, "overridden", "copy", "--force=partitions", source.uri(), export.uri());
    assertArrayEquals(content, other);
  }

  @Test
  void a_cut_copy_goes_on() throws IOException {
    content[510] = 0x55;
    content[511] = (byte) 0xaa;
    export.failFrom(5 * MIB);
    says(7, "don't use the destination until a run completes", "copy", source.uri(), export.uri());
    export.failFrom(Long.MAX_VALUE);
    ok("copy", source.uri(), export.uri());
    assertHeld();
  }

  @Test
  void what_fails_is_no_success() throws IOException {
    export.failing(WRITE);
    says(7, "cannot write the next", "copy", source.uri(), export.uri());
    export.failing(FLUSH);
    says(7, "the server cannot flush what was written", "copy", source.uri(), export.uri());
    export.failing(-1);
    ok("copy", source.uri(), export.uri());
    assertHeld();
  }

  @Test
  void every_check_comes_before_the_first_write() throws IOException {
    export.writable(2 | ALL);
    refused("is exported read-only; let the server export it for writing");
    export.writable(64);
    refused("the server offers no flush, so nothing that is written is durable for certain");
    export.writable(ALL);
    says(5, "an export is never created", "copy", "--create", source.uri(), export.uri());
    says(2, "is the source itself", "copy", export.uri(), export.uri());
    System.arraycopy("QFI\u00fb\0\0\0\3".getBytes(StandardCharsets.ISO_8859_1), 0, served, 0, 8);
    refused("what is served is a qcow2 image, not a raw disk; have the server open the image");
    says(5, "a qcow2 image", "verify", source.uri(), export.uri());
    var small = new byte[SIZE - 4096];
    export.content(small);
    refused("has 8188 KiB, the volume 8 MiB; make it larger");
    assertArrayEquals(new byte[SIZE - 4096], small);
    var none = "nbd+unix:///?socket=" + folder + "/none";
    says(6, "the server cannot be reached", "copy", source.uri(), none);
    says(2, "TLS needs a folder", "copy", source.uri(), "nbds://kvm/web");
  }

  private void refused(String what) throws IOException {
    var before = served.clone();
    says(5, what, "copy", source.uri(), export.uri());
    assertArrayEquals(before, served);
  }

  private void assertHeld() {
    assertArrayEquals(content, Arrays.copyOf(served, SIZE));
  }

  private void change(int at) {
    for (int i = at; i < at + 65_536; i++) {
      content[i]++;
    }
  }

  private void ok(Object... words) throws IOException {
    says(0, " ", words);
  }

  private void says(int status, String what, Object... words) throws IOException {
    assertFalse(Files.exists(folder.resolve("nbd:")));
    var run = new Cli().remembering(folder.resolve("state")).with(words);
    assertEquals(status, run.status(), run.stderr());
    assertTrue((run.stderr() + run.stdout()).contains(what), run.stderr() + run.stdout());
  }
}
