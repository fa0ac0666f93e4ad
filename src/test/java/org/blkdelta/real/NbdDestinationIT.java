package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.blkdelta.cli.Cli;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is written to real servers is what qemu-img finds in their images.
class NbdDestinationIT {

  private static final int MIB = 1 << 20;

  @TempDir Path folder;

  @BeforeEach
  void require() {
    NbdServer.require();
  }

  /// An image that is half zeros is no larger than what qemu-img makes of it.
  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vhdx", "vpc", "vdi", "raw"})
  void an_image_holds_what_was_copied(String format) throws IOException {
    var images = new QemuImages(folder);
    var source = Files.write(folder.resolve("source"), halfZeros(64 * MIB));
    var judge = folder.resolve("judge");
    images.run(
        "qemu-img", "convert", "-f", "raw", "-O", format, source.toString(), judge.toString());
    var image = folder.resolve("image");
    images.run("qemu-img", "create", "-q", "-f", format, image.toString(), "64M");
    try (var server = NbdServer.writable(folder, format, image)) {
      Cli.run("copy", "--verify", source, server.uri("")).ok();
    }
    compare(images, source, format, image);
    long most = used(judge) + used(judge) / 50;
    assertTrue(used(image) <= most, used(image) + " bytes of " + most);
  }

  /// Rubbish that was there before does not stay, and what changed later comes too.
  @Test
  void a_dirty_image_is_overwritten_and_kept_up_to_date() throws IOException {
    var images = new QemuImages(folder);
    var source = folder.resolve("vm.qcow2");
    images.run("qemu-img", "create", "-q", "-f", "qcow2", source.toString(), "32M");
    images.run("qemu-io", "-f", "qcow2", "-c", "write -P 1 1M 20M", source.toString());
    var image = folder.resolve("image");
    images.run("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "32M");
    images.run("qemu-io", "-f", "qcow2", "-c", "write -P 9 3M 29M", image.toString());
    var from = Files.createDirectory(folder.resolve("from"));
    try (var server = NbdServer.writable(folder, "qcow2", image, "--discard=unmap")) {
      try (var read = NbdServer.qemu(from, "qcow2", source)) {
        Cli.run("copy", read.uri(""), server.uri("")).ok();
        assertEquals(0, Cli.run("verify", read.uri(""), server.uri("")).status());
      }
      images.run("qemu-img", "bitmap", "--add", source.toString(), "b0");
      images.run(
          "qemu-io",
          "-f",
          "qcow2",
          "-c",
          "write -P 2 5M 1000k",
          "-c",
          "write -z 8M 1M",
          source.toString());
      try (var read = NbdServer.qemu(from, "qcow2", source, "--bitmap=b0")) {
        Cli.run("sync", "--bitmap=b0", read.uri(""), server.uri("")).ok();
      }
    }
    images.run(
        "qemu-img", "compare", "-f", "qcow2", "-F", "qcow2", source.toString(), image.toString());
  }

  static Stream<List<String>> filters() {
    return Stream.of(
        List.of("memory", "16M"),
        List.of("--filter=nozero", "memory", "16M"),
        List.of("--filter=noextents", "memory", "16M"),
        List.of("--no-sr", "memory", "16M"),
        List.of("--filter=noparallel", "memory", "16M", "serialize=requests"),
        List.of(
            "--filter=blocksize-policy",
            "memory",
            "16M",
            "blocksize-minimum=4096",
            "blocksize-preferred=4096",
            "blocksize-maximum=65536",
            "blocksize-error-policy=error"));
  }

  /// Servers that know less, and want more.
  @ParameterizedTest
  @MethodSource("filters")
  void nbdkit_with_filters(List<String> words) throws IOException {
    var source = folder.resolve("source");
    var bytes = halfZeros(16 * MIB);
    try (var server = NbdServer.nbdkit(folder, words.toArray(String[]::new))) {
      Files.write(source, filled(16 * MIB - 512));
      Cli.run("copy", source, server.uri("")).ok();
      Files.write(source, bytes);
      Cli.run("copy", "--overwrite", source, server.uri("")).ok();
      var back = folder.resolve("back");
      Cli.run("copy", "--create", server.uri(""), back).ok();
      assertArrayEquals(bytes, Files.readAllBytes(back));
    }
  }

  @Test
  void nbdkit_that_fails_or_must_not_be_written() throws IOException {
    var source = Files.write(folder.resolve("source"), filled(MIB));
    try (var server =
        NbdServer.nbdkit(
            folder, "--filter=error", "memory", "1M", "error=ENOSPC", "error-pwrite-rate=100%")) {
      refused(7, "no space left on its device", "copy", source, server.uri(""));
    }
    try (var server =
        NbdServer.nbdkit(
            folder,
            "eval",
            "get_size=echo 1M",
            "pread=head -c $3 /dev/zero",
            "pwrite=cat >/dev/null")) {
      refused(5, "the server offers no flush", "copy", source, server.uri(""));
    }
    try (var server = NbdServer.nbdkit(folder, "-r", "memory", "1M")) {
      refused(5, "is exported read-only", "copy", source, server.uri(""));
    }
    try (var server = NbdServer.nbdkit(folder, "memory", "512K")) {
      refused(5, "has 512 KiB, the volume 1 MiB", "copy", source, server.uri(""));
    }
  }

  private static void refused(int status, String what, Object... words) {
    var run = Cli.run(words);
    assertEquals(status, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
  }

  private static void compare(QemuImages images, Path source, String format, Path image)
      throws IOException {
    images.run(
        "qemu-img", "compare", "-f", "raw", "-F", format, source.toString(), image.toString());
  }

  /// Returns the bytes that a file takes, without its holes.
  private static long used(Path file) throws IOException {
    return 512 * Long.parseLong(Programs.run("stat", "-c", "%b", file.toString()).strip());
  }

  private static byte[] filled(int size) {
    var bytes = new byte[size];
    new Random(5).nextBytes(bytes);
    return bytes;
  }

  /// Returns bytes in which each other MiB is zeros.
  private static byte[] halfZeros(int size) {
    var bytes = filled(size);
    for (int at = 0; at < size; at += 2 * MIB) {
      Arrays.fill(bytes, at, at + MIB, (byte) 0);
    }
    return bytes;
  }
}
