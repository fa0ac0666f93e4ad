package org.blkdelta.cli;

import static org.blkdelta.cli.RememberedTest.stream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.blkdelta.disk.LoopDevice;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is remembered of files on real file systems: with inodes that know when they were born and
/// with small ones that don't, remounted, cloned, and without anything that lasts.
class RememberedFilesIT {

  private static final byte[] FIRST = delta(1);
  private static final byte[] NEXT = delta(2);
  private static final byte[] FOREIGN = delta(7);

  @TempDir Path folder;

  private Path state;

  @BeforeEach
  void aHost() {
    LoopDevice.require("mount", "umount", "mkfs.ext4", "mkfs.ext2", "cp");
    state = folder.resolve("state");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkfs.ext4 -I 128", "mkfs.ext4 -I 256", "mkfs.ext2 -I 128"})
  void a_file_is_known_after_it_is_written_to_moved_and_mounted_anew(String made)
      throws IOException {
    var image = image("one.img", made);
    Path file;
    try (var mounted = mount(image, "one")) {
      file = Files.write(mounted.folder().resolve("copy.img"), new byte[RememberedTest.SIZE]);
      apply(FIRST, file).ok();
      apply(NEXT, file).ok();
      refused(FOREIGN, file);
      file = Files.move(file, mounted.folder().resolve("moved.img"));
      refused(FOREIGN, file);
    }
    try (var again = mount(image, "elsewhere")) {
      refused(FOREIGN, again.folder().resolve("moved.img"));
      apply(delta(3), again.folder().resolve("moved.img")).ok();
      assertEquals(1, files());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkfs.ext4 -I 128", "mkfs.ext4 -I 256", "mkfs.ext2 -I 128"})
  void a_file_that_takes_the_number_of_one_that_is_gone_is_another(String made) throws IOException {
    try (var mounted = mount(image("one.img", made), "one")) {
      var file = Files.write(mounted.folder().resolve("copy.img"), new byte[RememberedTest.SIZE]);
      apply(FIRST, file).ok();
      var number = Files.getAttribute(file, "unix:ino");
      Files.delete(file);
      Files.write(file, new byte[RememberedTest.SIZE]);
      assertEquals(number, Files.getAttribute(file, "unix:ino"));
      apply(FOREIGN, file).ok();
      assertEquals(2, files());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkfs.ext4 -I 128", "mkfs.ext4 -I 256"})
  void a_clone_of_a_file_system_does_not_share_its_memory(String made) throws IOException {
    var image = image("one.img", made);
    try (var mounted = mount(image, "one")) {
      Files.write(mounted.folder().resolve("copy.img"), new byte[RememberedTest.SIZE]);
    }
    var clone = folder.resolve("two.img");
    Programs.run("cp", image.toString(), clone.toString());
    try (var one = mount(image, "one");
        var two = mount(clone, "two")) {
      apply(FIRST, one.folder().resolve("copy.img")).ok();
      var other = two.folder().resolve("copy.img");
      var shown = new Cli().remembering(state).with("state", other).ok().stdout();
      assertEquals(other + ": nothing remembered\n", shown);
      apply(FOREIGN, other).ok();
      refused(FOREIGN, one.folder().resolve("copy.img"));
      refused(NEXT, other);
    }
  }

  /// ramfs has inodes with neither a generation nor a time of birth, as FAT has.
  @Test
  void a_file_without_anything_that_lasts_is_told_and_sampled() throws IOException {
    var point = Files.createDirectories(folder.resolve("one"));
    Programs.run("mount", "-t", "ramfs", "none", point.toString());
    try {
      var web = Scratch.with543(folder);
      var file = Files.copy(web.copy, point.resolve("copy.img"));
      var first = sync(web, file).ok();
      assertEquals(1, count(first.stderr(), "has no stable identity, so its state can't be"));
      var wrong = Files.readAllBytes(file);
      wrong[0] ^= 1;
      Files.write(file, wrong);
      assertEquals(5, sync(web, file).status());
      assertFalse(Files.exists(state));
    } finally {
      Programs.run("umount", point.toString());
    }
  }

  private static byte[] delta(int number) {
    try {
      var base = "thin:p/%d@%d".formatted(number - 1, number - 1);
      return stream(base, "thin:p/%d@%d".formatted(number, number), number);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private record Mounted(Path folder, LoopDevice device) implements Closeable {
    @Override
    public void close() throws IOException {
      try (device) {
        Programs.run("umount", folder.toString());
      }
    }
  }

  private Path image(String name, String made) throws IOException {
    var image = folder.resolve(name);
    try (var device = LoopDevice.sparse(image, 16 << 20)) {
      var words = (made + " " + device.node()).split(" ");
      Programs.run(words);
    }
    return image;
  }

  private Mounted mount(Path image, String at) throws IOException {
    var point = folder.resolve(at);
    Files.createDirectories(point);
    var device = LoopDevice.on(image);
    try {
      Programs.run("mount", device.node().toString(), point.toString());
      return new Mounted(point, device);
    } catch (AssertionError unmounted) {
      device.close();
      throw unmounted;
    }
  }

  private Cli.Run apply(byte[] stream, Path to) {
    return new Cli().remembering(state).reading(stream).with("apply", "-", to);
  }

  private Cli.Run sync(Scratch web, Path to) {
    return new Cli().remembering(state).with("sync", "--origin", web.origin, web.store, to);
  }

  private void refused(byte[] stream, Path to) {
    var run = apply(stream, to);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains("holds thin:p/"), run.stderr());
  }

  private long files() throws IOException {
    try (var files = Files.list(state)) {
      return files.count();
    }
  }

  private static int count(String text, String words) {
    return text.split(words, -1).length - 1;
  }
}
