package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.blkdelta.cli.Cli;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Disk images as destinations: what is in them is what qemu-img says, and one that is in use,
/// or is not what it is taken for, is left as it was.
class ImageDestinationIT {

  private static final int MIB = 1 << 20;
  private static final int SIZE = 32 * MIB;

  @TempDir Path folder;
  private QemuImages images;
  private Path source;

  @BeforeEach
  void halfZeros() throws IOException {
    NbdServer.require();
    images = new QemuImages(folder);
    source = folder.resolve("source.img");
    var bytes = new byte[SIZE];
    var random = new Random(7);
    for (int at = 0; at < SIZE; at += 256 << 10) {
      var part = new byte[128 << 10];
      random.nextBytes(part);
      System.arraycopy(part, 0, bytes, at, part.length);
    }
    Files.write(source, bytes);
  }

  @ParameterizedTest
  @CsvSource({"qcow2,qcow2", "vhdx,vhdx", "vhd,vpc", "vdi,vdi"})
  void an_image_is_made_that_qemu_finds_equal_and_no_larger_than_its_own(
      String format, String qemuName) throws IOException {
    var made = folder.resolve("made." + format);
    Cli.run("copy", "--create", "--format", format, source, made).ok();
    compared(qemuName, made);
    var own = folder.resolve("own");
    images.run("qemu-img", "convert", "-f", "raw", "-O", qemuName, source + "", own + "");
    if (format.equals("qcow2")) {
      images.run("qemu-img", "check", "-q", "-f", "qcow2", made.toString());
      assertTrue(Files.size(made) <= Files.size(own) * 1.02, Files.size(made) + " bytes");
    }
    Cli.run("verify", source, made).ok();
    assertEquals("rw-------", permissions(made));
    assertEquals(0, servers(made));
  }

  @Test
  void what_changed_is_written_into_the_image() throws IOException {
    var made = copied();
    write(source, 5 * MIB + 100, new byte[] {1, 2, 3});
    assertEquals(3, Cli.run("verify", source, made).status());
    Cli.run("verify", "--repair", source, made).ok();
    compared("qcow2", made);
    // what an overlay holds, into a copy of what is below it
    var top = folder.resolve("top.qcow2");
    var words = "qemu-img create -q -f qcow2 -b made.qcow2 -F qcow2 top.qcow2";
    images.run(words.split(" "));
    var lower = Files.copy(made, folder.resolve("lower.qcow2"));
    var write = "qemu-io -f qcow2 -c write_-P_9_3M_1M -c write_-z_7M_2M top.qcow2";
    images.run(Arrays.stream(write.split(" ")).map(w -> w.replace('_', ' ')).toList());
    Cli.run("sync", top, lower).ok();
    images.run("qemu-img", "compare", "-q", "-f", "qcow2", "-F", "qcow2", top + "", lower + "");
    refused("is the source, or what it stands on", "sync", top, made);
    refused("stands on a backing file", "copy", "--overwrite", source, top);
  }

  @Test
  void an_image_that_holds_something_else_is_overwritten_only_on_demand() throws IOException {
    var other = folder.resolve("other.qcow2");
    images.run("qemu-img", "create", "-q", "-f", "qcow2", other.toString(), SIZE + "");
    Cli.run("copy", source, other).ok(); // it was blank
    compared("qcow2", other);
    images.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", source + "", other + ".qcow2");
    var foreign = folder.resolve("other.qcow2.qcow2");
    refused("is not known as a copy that blkdelta made", "copy", source, foreign);
    Cli.run("copy", "--overwrite", source, foreign).ok();
    compared("qcow2", foreign);
  }

  /// A guest can write a header to its raw disk.
  @Test
  void the_bytes_alone_make_no_image() throws IOException {
    var raw = folder.resolve("vm.img");
    Files.copy(copied(), raw);
    refused("holds a qcow2 image, not a raw disk", "copy", "--overwrite", source, raw);
    Cli.run("copy", "--overwrite", "--format=qcow2", source, raw).ok();
    compared("qcow2", raw);
    refused("is a qcow2 image, and not a VDI image", "copy", "--format=vdi", source, raw);
  }

  @Test
  void an_image_that_cannot_be_written_rightly_is_left_as_it_is() throws IOException {
    var made = copied();
    var dirty = Files.copy(made, folder.resolve("dirty.qcow2"));
    write(dirty, 79, new byte[] {1});
    refused("was not closed by what wrote to it last", "copy", "--overwrite", source, dirty);
    write(dirty, 79, new byte[] {2});
    refused("is marked as corrupt", "copy", "--overwrite", source, dirty);
    var small = folder.resolve("small.qcow2");
    images.run("qemu-img", "create", "-q", "-f", "qcow2", small.toString(), "1M");
    refused("make it larger: qemu-img resize", "copy", source, small);
    try (var server =
        NbdServer.writable(Files.createDirectory(folder.resolve("s")), "qcow2", made)) {
      refused("is open for writing by qemu-nbd", "copy", source, made);
      refused("lock", "copy", "--force=open", source, made);
      assertTrue(Files.exists(server.socket()));
    }
    compared("qcow2", made);
    assertEquals(0, servers(made));
  }

  @Test
  void nothing_is_made_by_a_run_that_does_not_begin() throws IOException {
    var made = folder.resolve("made.qcow2");
    refused("let --create make it", "copy", "--format=qcow2", source, made);
    Cli.run("copy", "--dry-run", "--create", "--format=qcow2", source, made).ok();
    var nowhere = folder.resolve("nowhere/made.qcow2");
    refused("its folder does not exist", "copy", "--create", "--format=qcow2", source, nowhere);
    assertFalse(Files.exists(made));
  }

  private Path copied() throws IOException {
    var made = folder.resolve("made.qcow2");
    Cli.run("copy", "--create", "--format=qcow2", source, made).ok();
    return made;
  }

  private void compared(String format, Path image) throws IOException {
    images.run("qemu-img", "compare", "-q", "-f", "raw", "-F", format, source + "", image + "");
  }

  /// Asserts that a run is refused, and that its destination, the last word, stays as it was.
  private static void refused(String what, Object... words) throws IOException {
    var destination = (Path) words[words.length - 1];
    var before = Files.exists(destination) ? Files.readAllBytes(destination) : new byte[0];
    var run = Cli.run(words);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
    assertArrayEquals(
        before, Files.exists(destination) ? Files.readAllBytes(destination) : new byte[0]);
  }

  private static void write(Path file, long offset, byte[] bytes) throws IOException {
    try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.position(offset).write(ByteBuffer.wrap(bytes));
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  /// Returns how many servers of an image there are yet.
  private static long servers(Path image) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains("\"" + image + "\""))
        .count();
  }
}
