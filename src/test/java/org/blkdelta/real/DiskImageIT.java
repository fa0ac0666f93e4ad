package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.blkdelta.cli.Cli;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Disk images by their names: what is read is what qemu-img makes of them, and no other file is.
class DiskImageIT {

  @TempDir Path folder;
  private QemuImages images;
  private Path copy;

  @BeforeEach
  void require() {
    NbdServer.require();
    images = new QemuImages(folder);
    copy = folder.resolve("copy");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vpc", "vhdx", "vdi"})
  void an_image_is_copied_and_verified(String format) throws IOException {
    var image = image("vm." + format, format);
    Cli.run("copy", "--create", image, copy).ok();
    assertArrayEquals(raw(format, image), Files.readAllBytes(copy));
    Cli.run("verify", image, copy).ok();
    var extents = Cli.run("inspect", "--extents", image).ok().stdout();
    assertTrue(extents.contains(" data\n"), extents);
    assertEquals(0, servers(image));
  }

  @Test
  void an_overlay_is_a_delta() throws IOException {
    var base = image("base.qcow2", "qcow2");
    var overlay = overlay("vm.qcow2", base.getFileName().toString(), "qcow2", "32M");
    Files.write(copy, raw("qcow2", base));
    try (var file = Files.newByteChannel(copy, StandardOpenOption.WRITE)) {
      file.position((32 << 20) - 1).write(ByteBuffer.wrap(new byte[] {7}));
    }
    Cli.run("sync", overlay, copy).ok();
    assertArrayEquals(raw("qcow2", overlay), Files.readAllBytes(copy));
    refused("has 2 layers, so nothing is below the top 2", "sync", "--depth=2", overlay, copy);
    assertEquals(
        "qcow2", Cli.run("inspect", "--json", "--depth=1", overlay).ok().stdout().split("\"")[3]);
  }

  @Test
  void what_is_named_like_a_raw_disk_is_no_image_unless_it_is_said() throws IOException {
    for (var format : List.of("qcow2", "vpc")) {
      var image = image("vm." + format + ".img", format);
      var refusal = "is named like a raw disk, and begins like a ";
      refused(refusal, "copy", "--create", image, copy);
      assertFalse(Files.exists(copy));
      Cli.run("copy", "--create", "--raw", image, copy).ok();
      assertArrayEquals(Files.readAllBytes(image), Files.readAllBytes(copy));
      Files.delete(copy);
      var link = Files.createSymbolicLink(folder.resolve("vm." + format), image);
      Cli.run("copy", "--create", link, copy).ok();
      assertArrayEquals(raw(format, image), Files.readAllBytes(copy));
      Files.delete(copy);
    }
  }

  /// QEMU reads what its parent has as zeros.
  @Test
  void a_vhd_that_has_a_parent_is_refused() throws IOException {
    var image = image("vm.vhd", "vpc");
    var bytes = ByteBuffer.wrap(Files.readAllBytes(image));
    bytes.putInt(60, 4).putInt(bytes.capacity() - 512 + 60, 4);
    Files.write(image, bytes.array());
    refused("is a differencing VHD", "copy", "--create", image, copy);
    assertFalse(Files.exists(copy));
  }

  @Test
  void a_backing_file_elsewhere_is_read_only_if_that_is_wanted() throws IOException {
    var elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    var base = image("elsewhere/base.qcow2", "qcow2");
    var here = Files.createDirectory(folder.resolve("here"));
    var overlay = overlay("here/vm.qcow2", base.toString(), "qcow2", "24M");
    refused("lies outside of the image's folder", "copy", "--create", overlay, copy);
    assertFalse(Files.exists(copy));
    Cli.run("copy", "--create", "--allow-outside", overlay, copy).ok();
    assertArrayEquals(raw("qcow2", overlay), Files.readAllBytes(copy));
    // a link beside it is no way around that
    Files.createSymbolicLink(here.resolve("base.qcow2"), base);
    images.run(
        "qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", overlay + "");
    refused("lies outside of the image's folder", "copy", overlay, copy);
    assertTrue(Files.exists(elsewhere));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "json:{\"driver\":\"file\",\"filename\":\"/etc/passwd\"}",
        "nbd://localhost/web",
        "fat:rw:/etc"
      })
  void a_backing_file_that_is_no_path_is_never_opened(String name) throws IOException {
    var overlay = overlay("vm.qcow2", "base", "raw", "24M");
    var bytes = Files.readAllBytes(overlay);
    var header = ByteBuffer.wrap(bytes);
    int offset = (int) header.getLong(8);
    header.putInt(16, name.length()).put(offset, name.getBytes(StandardCharsets.UTF_8));
    Files.write(overlay, bytes);
    refused("which is not a path", "copy", "--create", overlay, copy);
    assertFalse(Files.exists(copy));
  }

  @Test
  void what_cannot_be_read_rightly_is_refused() throws IOException {
    var data = image("vm.qcow2", "qcow2");
    images.run(
        "qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=data", "split.qcow2", "24M");
    refused(
        "has its data in another file", "copy", "--create", folder.resolve("split.qcow2"), copy);
    Files.write(folder.resolve("raw"), new byte[24 << 20]);
    images.run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-o",
        "backing_file=raw,backing_fmt=raw",
        "o.qcow2");
    var bytes = Files.readAllBytes(folder.resolve("o.qcow2"));
    var header = ByteBuffer.wrap(bytes);
    header.putInt(header.getInt(100), 0); // the first extension is that of the format
    Files.write(folder.resolve("o.qcow2"), bytes);
    refused("does not say of which format", "copy", "--create", folder.resolve("o.qcow2"), copy);
    for (var other : new String[] {"a", "b"}) {
      images.run(
          "qemu-img",
          "create",
          "-q",
          "-u",
          "-f",
          "qcow2",
          "-F",
          "qcow2",
          "-b",
          other.equals("a") ? "b" : "a",
          other,
          "24M");
    }
    refused("or on itself", "copy", "--create", folder.resolve("a"), copy);
    try (var server =
        NbdServer.writable(Files.createDirectory(folder.resolve("s")), "qcow2", data)) {
      var run = Cli.run("copy", "--create", data, copy);
      assertEquals(4, run.status(), server.socket() + run.stderr());
      assertTrue(run.stderr().contains("lock"), run.stderr());
    }
    assertFalse(Files.exists(copy));
  }

  private void refused(String what, Object... words) {
    var run = Cli.run(words);
    assertEquals(4, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
  }

  private Path image(String name, String format) throws IOException {
    var image = folder.resolve(name);
    images.run("qemu-img", "create", "-q", "-f", format, image.toString(), "24M");
    images.run(
        "qemu-io", "-f", format, "-c", "write -P 7 1M 3M", "-c", "write -P 9 20M 64k", image + "");
    return image;
  }

  private Path overlay(String name, String backing, String format, String size) throws IOException {
    var image = folder.resolve(name);
    images.run(
        "qemu-img",
        "create",
        "-q",
        "-u",
        "-f",
        "qcow2",
        "-b",
        backing,
        "-F",
        format,
        image + "",
        size);
    if (Files.exists(image.resolveSibling(backing))) {
      images.run(
          "qemu-io", "-f", "qcow2", "-c", "write -P 2 2M 100k", "-c", "write -z 3M 1M", image + "");
    }
    return image;
  }

  private byte[] raw(String format, Path image) throws IOException {
    var raw = folder.resolve("expected");
    images.run("qemu-img", "convert", "-f", format, "-O", "raw", image.toString(), raw.toString());
    return Files.readAllBytes(raw);
  }

  /// Returns how many servers of an image there are yet.
  private static long servers(Path image) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains("\"" + image + "\""))
        .count();
  }
}
