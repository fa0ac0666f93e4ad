package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.blkdelta.cli.ForeignFiles.ForeignFile;
import org.blkdelta.cli.ForeignFiles.Kind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Files as other programs write them, by right, wrong and no suffix, at either end: none of them
/// is taken for a raw disk without `--raw`, and every disk is.
class ForeignFormatsIT {

  private static final byte[] NOISE = new byte[16 << 20];

  /// Smaller than any of the files.
  private static final int SMALL = 256;

  private static final List<String> PROMISES =
      List.of(".vmdk", ".qcow2", ".vhd", ".vhdx", ".vdi", ".qed", ".ova", ".gz", ".zip", ".dmg");

  @TempDir private static Path foreign;
  private static List<ForeignFile> all = List.of();
  private static Path delta = Path.of("made first");

  @TempDir private Path folder;
  private Path small;
  private Path copy;

  @BeforeAll
  static void makeThem() throws IOException {
    ForeignFiles.require();
    new Random(42).nextBytes(NOISE);
    all = ForeignFiles.in(foreign);
    var web = Scratch.with543(foreign);
    var dump = new Cli().with(words("dump", web.source())).ok();
    delta = Files.write(foreign.resolve("web.delta"), dump.bytes());
  }

  static Stream<ForeignFile> files() {
    return all.stream();
  }

  /// One file of each format: what is the same for all files of one is tried with that.
  static Stream<ForeignFile> formats() {
    var seen = new HashSet<String>();
    return all.stream().filter(file -> seen.add(file.kind() + file.format()));
  }

  @BeforeEach
  void aSmallSource() throws IOException {
    small = file("small.img", Arrays.copyOf(NOISE, SMALL));
    copy = folder.resolve("copy.img");
  }

  @ParameterizedTest
  @MethodSource("files")
  void as_a_source_it_is_what_its_bytes_are(ForeignFile file) throws IOException {
    for (var path : names(file)) {
      switch (file.kind()) {
        case CONTAINER, ARCHIVE ->
            assertSourceRefused(": is " + file.format(), file.way(), "copy", path, copy);
        case IMAGE, VMWARE_DISK, EXPORT -> assertWritten(ForeignFiles.disk(), "copy", path, copy);
        case DISK -> {
          if (isPromise(path)) {
            assertSourceRefused(": is not a", "though its name says so", "copy", path, copy);
          } else {
            assertWritten(Files.readAllBytes(path), "copy", path, copy);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void as_a_destination_it_is_left_as_it_is(ForeignFile file) throws IOException {
    for (var path : names(file)) {
      if (file.kind() != Kind.DISK) {
        // an image by its own name is written, but not over something else, or over an overlay
        assertDestinationRefused(path, held(file, path), "copy", small, path);
      } else if (isPromise(path)) {
        var promises = ": would be a raw disk, and its name says that it is ";
        assertDestinationRefused(path, promises, "copy", small, path);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void on_demand_it_is_taken_for_a_raw_disk(ForeignFile file) throws IOException {
    var bytes = Files.readAllBytes(file.path());
    assertWritten(bytes, "copy", "--raw", file.path(), copy);
    var overwritten = file(file.path().getFileName().toString(), bytes);
    run("copy", file.kind() == Kind.DISK ? "--force=signature" : "--raw", small, overwritten).ok();
    System.arraycopy(NOISE, 0, bytes, 0, SMALL);
    assertArrayEquals(bytes, Files.readAllBytes(overwritten));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void as_a_stream_only_an_export_of_vmware_is_taken(ForeignFile file) throws IOException {
    if (file.kind() == Kind.ARCHIVE || file.kind() == Kind.EXPORT) {
      assertWritten(ForeignFiles.disk(), "apply", file.path(), copy);
    } else {
      var because =
          switch (file.kind()) {
            case VMWARE_DISK -> "blkdelta copy";
            case CONTAINER, IMAGE ->
                switch (file.suffix()) {
                  case ".tar" -> "has no disk in it";
                  case ".dmg" -> "not a change stream"; // its sign is at its end
                  default -> file.format();
                };
            default -> "not a change stream";
          };
      assertSourceRefused("blkdelta: " + file.path(), because, "apply", file.path(), copy);
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void other_commands_know_it_too(ForeignFile file) throws IOException {
    if (file.kind() == Kind.DISK) {
      return;
    }
    var web = Scratch.with543(folder);
    var path = file.path();
    if (file.kind() == Kind.CONTAINER || file.kind() == Kind.ARCHIVE) {
      var what = ": is " + file.format();
      assertSourceRefused(what, "--raw", "verify", path, copy);
      assertSourceRefused(what, "--raw", "sync", "--origin", path, web.store, copy);
    }
    var holds = held(file, path);
    assertDestinationRefused(path, holds, "verify", "--repair", small, path);
    if (holds.equals(": ")) {
      return; // it is written, for who assumes that it is a copy
    }
    assertDestinationRefused(path, holds, words("sync", web.source("--base=assume", path)));
    assertDestinationRefused(path, holds, "apply", "--base=assume", delta, path);
  }

  @Test
  void a_name_that_promises_what_the_bytes_are_not_is_refused() throws IOException {
    var page = "<!DOCTYPE html>\n<html><title>503 Service Unavailable</title></html>\n";
    var descriptor = "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n";
    var contents =
        List.of(
            new Content(file("page", page.getBytes(UTF_8)), "is a web page"),
            new Content(file("wide", descriptor.getBytes(UTF_16)), ", saved as UTF-16"),
            new Content(file("noise", Arrays.copyOf(NOISE, 4096)), "though its name says so"),
            new Content(file("empty", new byte[0]), "is empty (0 bytes)"));
    for (int i = 0; i < PROMISES.size(); i++) {
      var name = "disk" + PROMISES.get(i);
      for (var content : contents) {
        if (contents.indexOf(content) % 2 == i % 2) { // each suffix with half of them
          var path = file(name, Files.readAllBytes(content.file()));
          assertSourceRefused(content.refusal(), path + ": ", "copy", path, copy);
        }
      }
      var path = file(name, new byte[4096]);
      assertDestinationRefused(path, ": would be a raw disk, ", "copy", small, path);
    }
  }

  private record Content(Path file, String refusal) {}

  @Test
  void there_are_as_many_as_promised() {
    var containers = all.stream().filter(file -> file.kind() != Kind.DISK).toList();
    assertTrue(containers.size() >= 30, containers.toString());
    long formats = containers.stream().map(ForeignFile::format).distinct().count();
    assertTrue(formats >= 14, containers.toString());
  }

  /// Returns what is said of a destination: an image by its own name is opened.
  private static String held(ForeignFile file, Path path) {
    boolean isOpened = path.toString().matches(".*\\.(qcow2|a?vhdx?|vpc|vdi)");
    return isOpened ? ": " : ": holds " + file.format() + ", not a raw disk; ";
  }

  private void assertSourceRefused(String what, String way, Object... words) throws IOException {
    var before = copyAnew(NOISE.length);
    var refused = run(words);
    assertEquals(4, refused.status(), refused.stderr());
    assertTrue(refused.stderr().contains(what), refused.stderr());
    assertTrue(refused.stderr().contains(way), refused.stderr());
    assertArrayEquals(before, Files.readAllBytes(copy));
  }

  private void assertDestinationRefused(Path path, String what, Object... words)
      throws IOException {
    var before = Files.readAllBytes(path);
    var refused = run(words);
    assertEquals(5, refused.status(), refused.stderr());
    assertTrue(refused.stderr().contains(path + what), refused.stderr());
    assertArrayEquals(before, Files.readAllBytes(path));
  }

  private void assertWritten(byte[] disk, Object... words) throws IOException {
    var expected = copyAnew(disk.length + 4096);
    run(words).ok();
    System.arraycopy(disk, 0, expected, 0, disk.length);
    assertArrayEquals(expected, Files.readAllBytes(copy));
  }

  private byte[] copyAnew(int size) throws IOException {
    var bytes = Arrays.copyOf(NOISE, size);
    Files.write(copy, bytes);
    return bytes;
  }

  /// Returns the file by its own name, by that of another format, and by one without a suffix; all
  /// of them beside the files that it may need.
  private static List<Path> names(ForeignFile file) throws IOException {
    var name = file.path().getFileName().toString();
    var stem = name.substring(0, name.length() - file.suffix().length());
    var wrong = file.suffix().equals(".vdi") ? ".qcow2" : ".vdi";
    return List.of(
        file.path(),
        copied(file, name + wrong),
        copied(file, stem + file.suffix().replace('.', '-')));
  }

  private static Path copied(ForeignFile file, String name) throws IOException {
    var path = foreign.resolve(name);
    if (Files.notExists(path)) {
      Files.copy(file.path(), path);
    }
    return path;
  }

  /// Returns whether a name is not that of a disk.
  private static boolean isPromise(Path path) {
    return path.toString().endsWith(".vdi");
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static Object[] words(String command, Object... more) {
    return Stream.concat(Stream.of(command), Arrays.stream(more)).toArray();
  }

  private Cli cli() {
    return new Cli().remembering(folder.resolve("state"));
  }

  private Cli.Run run(Object... words) {
    return cli().with(words);
  }
}
