package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.cli.VolumeImages.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is not a raw disk is taken for one only on demand, at either end, here and elsewhere.
class RawDisksTest {

  private static final int SIZE = 64 << 10;

  @TempDir Path folder;

  private Path raw;
  private Path container;

  @BeforeEach
  void aRawDiskAndAContainer() throws IOException {
    raw = file("raw.img", noise(1));
    container = file("vm.img", qcow2());
  }

  @Test
  void a_source_that_is_a_container_is_refused_with_what_reads_it() throws IOException {
    var copy = file("copy.img", noise(2));
    for (var command : List.of("copy", "verify")) {
      var refused = Cli.run(command, container, copy);
      assertEquals(4, refused.status());
      assertEquals(
          "blkdelta: %1$s: is named like a raw disk, and begins like a qcow2 image, as a guest can make it; if it is one, name a link .qcow2 to it; if not: --raw\n"
              .formatted(container),
          refused.stderr());
    }
    assertArrayEquals(noise(2), Files.readAllBytes(copy));
    Cli.run("copy", "--raw", container, copy).ok();
    assertEquals(-1, Files.mismatch(container, copy));
  }

  @Test
  void a_raw_disk_whose_guest_wrote_a_descriptor_is_not_another_disk() throws IOException {
    file("other-flat.vmdk", noise(5));
    var descriptor =
        """
        # Disk DescriptorFile
        version=1
        CID=00000001
        parentCID=ffffffff
        createType="monolithicFlat"
        RW %d FLAT "other-flat.vmdk" 0
        """
            .formatted(noise(5).length / 512);
    for (var name : List.of("web.img", "web.RAW", "web-flat.vmdk")) {
      var copy = folder.resolve("copy");
      var disk = file(name, Arrays.copyOf(descriptor.getBytes(US_ASCII), 1 << 16));
      var refused = Cli.run("copy", "--create", disk, copy);
      assertEquals(4, refused.status(), refused.stderr());
      var words =
          "is named like a raw disk, and begins like a file of a VMware disk, as a guest can";
      assertTrue(refused.stderr().contains(words), refused.stderr());
      Cli.run("copy", "--create", "--raw", disk, copy).ok();
      assertEquals(-1, Files.mismatch(disk, copy));
      Files.delete(copy);
    }
  }

  @Test
  void a_destination_that_is_a_container_is_refused_before_anything_is_written()
      throws IOException {
    for (var words : new Object[][] {{"copy"}, {"copy", "--dry-run"}, {"verify"}}) {
      var all = Arrays.copyOf(words, words.length + 2);
      all[words.length] = raw;
      all[words.length + 1] = container;
      var refused = Cli.run(all);
      assertEquals(5, refused.status());
      assertEquals(
          ("blkdelta: %1$s: holds a qcow2 image, not a raw disk; to write to the disk in it, let its"
                  + " name end in .qcow2; to overwrite it: --raw\n")
              .formatted(container),
          refused.stderr());
    }
    assertArrayEquals(qcow2(), Files.readAllBytes(container));
    assertEquals(3, Cli.run("verify", "--raw", raw, container).status());
    Cli.run("copy", "--raw", raw, container).ok();
    assertArrayEquals(noise(1), Files.readAllBytes(container));
  }

  @Test
  void a_destination_that_is_smaller_as_a_container_is_told_as_a_container() throws IOException {
    var small = file("small", Arrays.copyOf(qcow2(), 8 << 10));
    var refused = Cli.run("copy", raw, small);
    assertEquals(5, refused.status());
    assertTrue(refused.stderr().contains("holds a qcow2 image"), refused.stderr());
  }

  @Test
  void changes_and_streams_are_neither_read_from_nor_written_to_a_container() throws IOException {
    var web = Scratch.with543(folder);
    var stream = file("web.delta", new Cli().with(words("dump", web.source())).ok().bytes());
    var undo = folder.resolve("undo");
    Files.write(web.copy, qcow2());
    for (var refused :
        List.of(
            Cli.run(words("sync", web.source(web.copy))),
            Cli.run(words("sync", web.source("--base=assume", web.copy))),
            Cli.run("apply", "--base=assume", stream, web.copy),
            Cli.run("apply", "--base=assume", "--undo", undo, stream, web.copy),
            Cli.run("lvmsync", "--apply", stream, web.copy))) {
      assertEquals(5, refused.status(), refused.stderr());
      assertTrue(refused.stderr().contains("holds a qcow2 image"), refused.stderr());
    }
    assertTrue(
        Cli.run("lvmsync", "--apply", stream, web.copy)
            .stderr()
            .endsWith("to overwrite it: blkdelta sync --raw\n"));
    assertArrayEquals(qcow2(), Files.readAllBytes(web.copy));
    assertTrue(Files.notExists(undo), "an undo of nothing");
    Cli.run("apply", "--raw", "--base=assume", stream, web.copy).ok();

    Files.write(web.origin, qcow2());
    for (var command : List.of("dump", "inspect")) {
      var refused = Cli.run(words(command, web.source()));
      assertEquals(4, refused.status(), refused.stderr());
      assertTrue(refused.stderr().contains("is a qcow2 image"), refused.stderr());
      Cli.run(words(command, web.source("--raw"))).ok();
    }
    web.copyAnew();
    assertEquals(4, Cli.run(words("sync", web.source(web.copy))).status());
    assertTrue(web.copyIsUntouched());
    Cli.run(words("sync", web.source("--raw", "--base=assume", web.copy))).ok();
  }

  @Test
  void the_far_end_refuses_what_this_end_would() throws IOException {
    var options = new VolumeImages(folder, 6).thisMachine();
    var copy = file("copy.img", noise(2));
    var read = run(options, "copy", "old:" + container, copy);
    assertEquals(4, read.status(), read.stderr());
    assertTrue(read.stderr().contains("begins like a qcow2 image"), read.stderr());
    assertEquals(4, run(options, "verify", "old:" + container, copy).status());
    assertArrayEquals(noise(2), Files.readAllBytes(copy));
    var written = run(options, "copy", raw, "new:" + container);
    assertEquals(5, written.status(), written.stderr());
    assertTrue(written.stderr().contains("holds a qcow2 image"), written.stderr());
    assertEquals(5, run(options, "verify", raw, "new:" + container).status());
    assertArrayEquals(qcow2(), Files.readAllBytes(container));

    run(options, "copy", "--raw", "old:" + container, copy).ok();
    assertArrayEquals(qcow2(), Files.readAllBytes(copy));
    run(options, "verify", "--raw", container, "new:" + copy).ok();
    run(options, "copy", "--raw", raw, "new:" + copy).ok();
    assertArrayEquals(noise(1), Files.readAllBytes(copy));
  }

  @Test
  void a_disk_of_vmware_is_read_as_bytes_only_on_demand_there_too() throws IOException {
    var options = new VolumeImages(folder, 6).thisMachine();
    var vmdk = file("vm.vmdk", Arrays.copyOf("KDMV".getBytes(UTF_8), SIZE));
    var copy = file("copy.img", noise(2));
    run(options, "copy", "--raw", "old:" + vmdk, copy).ok();
    assertEquals(-1, Files.mismatch(vmdk, copy));
    Files.write(copy, noise(2));
    Cli.run("copy", "--raw", vmdk, copy).ok();
    assertEquals(-1, Files.mismatch(vmdk, copy));
  }

  @Test
  void a_name_that_promises_a_format_is_held_against_the_bytes() throws IOException {
    var copy = file("copy.img", noise(2));
    var page = "<html><title>503</title></html>".getBytes(UTF_8);
    var wide = "# Disk DescriptorFile\nversion=1\n".getBytes(UTF_16LE);
    assertSourceRefused(file("page.vmdk", page), copy, "is a web page");
    assertSourceRefused(file("empty.vmdk", new byte[0]), copy, "is empty");
    assertSourceRefused(
        file("wide.vmdk", wide), copy, "is the descriptor of a VMware disk, saved as UTF-16");
    assertSourceRefused(file("noise.vmdk", noise(3)), copy, "is not a file of a VMware disk");
    assertSourceRefused(file("noise.qcow2", noise(3)), copy, "is not a qcow2 image");
    assertSourceRefused(file("noise.img.gz", noise(3)), copy, "is not a gzip file");
    assertSourceRefused(file("noise.OVA", noise(3)), copy, "is not a tar archive");
    Cli.run("copy", file("noise-flat.vmdk", noise(3)), copy).ok();
    assertArrayEquals(noise(3), Files.readAllBytes(copy));
    Cli.run("copy", "--raw", file("noise.vhd", noise(4)), copy).ok();
    assertArrayEquals(noise(4), Files.readAllBytes(copy));

    for (var name : List.of("d.qcow2", "d.vmdk", "d.VHDX")) {
      var refused = Cli.run("copy", raw, file(name, new byte[SIZE]));
      assertEquals(5, refused.status());
      assertTrue(refused.stderr().contains("its name says that it is a"), refused.stderr());
      assertArrayEquals(new byte[SIZE], Files.readAllBytes(folder.resolve(name)));
    }
    var made = folder.resolve("made.qcow2");
    assertEquals(5, Cli.run("copy", "--create", raw, made).status());
    assertEquals(5, Cli.run("copy", "--create", "--dry-run", raw, made).status());
    assertTrue(Files.notExists(made));
    Cli.run("copy", "--create", "--raw", raw, made).ok();
    assertEquals(-1, Files.mismatch(raw, made));
  }

  @Test
  void a_destination_of_zeros_or_of_old_content_is_fine() throws IOException {
    Cli.run("copy", raw, file("zeros", new byte[SIZE])).ok();
    Cli.run("copy", raw, file("old.img", noise(5))).ok();
    Cli.run("copy", "--create", raw, folder.resolve("new")).ok();
  }

  @Test
  void a_source_without_any_bytes_is_refused_with_or_without_insisting() throws IOException {
    var empty = file("empty", new byte[0]);
    var copy = file("copy.img", noise(2));
    for (var words :
        new Object[][] {
          {"copy", empty, copy}, {"copy", "--raw", empty, copy}, {"verify", empty, copy}
        }) {
      var refused = Cli.run(words);
      assertEquals(4, refused.status());
      assertEquals(
          "blkdelta: %s: is empty (0 bytes); name a disk that has content\n".formatted(empty),
          refused.stderr());
    }
    var options = new VolumeImages(folder, 6).thisMachine();
    var far = run(options, "copy", "old:" + empty, copy);
    assertEquals(4, far.status(), far.stderr());
    assertTrue(far.stderr().contains("is empty (0 bytes)"), far.stderr());
    assertArrayEquals(noise(2), Files.readAllBytes(copy));
    assertEquals(4, Cli.run("copy", "--create", empty, folder.resolve("made")).status());
    assertTrue(Files.notExists(folder.resolve("made")));
  }

  @Test
  void apply_says_what_its_stream_is_instead() throws IOException {
    var copy = file("copy.img", noise(2));
    var gzip = Arrays.copyOf(new byte[] {0x1f, (byte) 0x8b, 8}, 4096);
    var packed = Cli.run("apply", file("web.delta.gz", gzip), copy);
    assertEquals(4, packed.status());
    assertEquals(
        "blkdelta: %1$s: is a gzip file, not a change stream; unpack it on the way: gunzip -c %1$s | blkdelta apply - DESTINATION\n"
            .formatted(folder.resolve("web.delta.gz")),
        packed.stderr());
    var piped = new Cli().reading(qcow2()).with("apply", "-", copy);
    assertEquals(4, piped.status());
    assertTrue(piped.stderr().startsWith("blkdelta: standard input: is a qcow2 image"));
    assertEquals(4, Cli.run("apply", container, copy).status());
    assertArrayEquals(noise(2), Files.readAllBytes(copy));
  }

  private void assertSourceRefused(Path source, Path copy, String because) throws IOException {
    var refused = Cli.run("copy", source, copy);
    assertEquals(4, refused.status(), refused.stderr());
    assertTrue(refused.stderr().contains(source + ": " + because), refused.stderr());
    assertArrayEquals(noise(2), Files.readAllBytes(copy));
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static Object[] words(String command, Object... more) {
    var words = new Object[more.length + 1];
    words[0] = command;
    System.arraycopy(more, 0, words, 1, more.length);
    return words;
  }

  private static byte[] qcow2() {
    return Arrays.copyOf("QFI\u00fb\0\0\0\3".getBytes(ISO_8859_1), SIZE);
  }

  private static byte[] noise(int seed) {
    var bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
