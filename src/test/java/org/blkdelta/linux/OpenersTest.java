package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.blkdelta.linux.Openers.Opener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenersTest {

  private static final String READING = "0100000";
  private static final String WRITING = "0100001";
  private static final String READING_AND_WRITING = "02100002";
  private static final String PATH_ONLY = "012000002";

  @TempDir Path folder;

  private FakeKernelFiles kernel;
  private Path sda;

  @BeforeEach
  void aKernelWithOneDisk() throws IOException {
    kernel = new FakeKernelFiles(folder);
    sda = kernel.disk("sda", "8:0");
    kernel.open(900, "sh", 0, Path.of("pipe:[77]"), WRITING);
    kernel.open(900, "sh", 1, Path.of("/gone"), WRITING);
    kernel.self(900);
  }

  @Test
  void a_device_is_found_by_its_number_whatever_its_node_is_called() throws IOException {
    kernel.open(41, "qemu-system-x86", 9, kernel.alias("web", "8:0"), READING_AND_WRITING);
    kernel.open(42, "dd", 1, kernel.disk("sdb", "8:16"), WRITING);
    assertEquals(List.of(new Opener(41, "qemu-system-x86", true, false)), openers(sda));
  }

  @Test
  void a_file_is_found_by_its_inode_whatever_it_is_called() throws IOException {
    var file = Files.createFile(folder.resolve("image"));
    var link = Files.createLink(folder.resolve("link"), file);
    kernel.open(41, "qemu", 9, file, READING_AND_WRITING);
    kernel.open(42, "cp", 4, Files.createFile(folder.resolve("other")), WRITING);
    assertEquals(List.of(new Opener(41, "qemu", true, false)), openers(link));
  }

  @Test
  void who_only_reads_or_only_holds_the_path_is_no_writer() throws IOException {
    kernel.open(41, "dd", 0, sda, READING);
    kernel.open(42, "systemd", 7, sda, PATH_ONLY);
    kernel.open(43, "dd", 1, sda, WRITING);
    assertEquals(
        List.of(
            new Opener(41, "dd", false, false),
            new Opener(42, "systemd", false, false),
            new Opener(43, "dd", true, false)),
        openers(sda));
  }

  @Test
  void another_blkdelta_is_known_by_its_name_and_not_as_some_java() throws IOException {
    kernel.open(41, "java", 9, sda, READING_AND_WRITING);
    kernel.open(42, "java", 9, sda, READING_AND_WRITING);
    Files.writeString(
        kernel.proc.resolve("41/cmdline"),
        "java\0-cp\0blkdelta.jar\0org.blkdelta.cli.Main\0copy\0");
    Files.writeString(kernel.proc.resolve("42/cmdline"), "java\0-jar\0some.jar\0");
    assertEquals(
        List.of(new Opener(41, "blkdelta", true, false), new Opener(42, "java", true, false)),
        openers(sda));
  }

  @Test
  void this_process_is_told_apart() throws IOException {
    kernel.open(900, "sh", 5, sda, READING_AND_WRITING);
    assertEquals(List.of(new Opener(900, "sh", true, true)), openers(sda));
  }

  @Test
  void who_has_a_partition_open_has_the_disk_open_and_the_other_way_round() throws IOException {
    var first = kernel.partition("sda", "sda1", "8:1");
    var second = kernel.partition("sda", "sda2", "8:2");
    kernel.open(41, "qemu", 9, first, READING_AND_WRITING);
    var user = new Opener(41, "qemu", true, false);
    assertEquals(List.of(user), openers(sda));
    assertEquals(List.of(user), openers(first));
    assertEquals(List.of(), openers(second));
    kernel.open(42, "parted", 3, sda, READING_AND_WRITING);
    assertEquals(List.of(new Opener(42, "parted", true, false)), openers(second));
  }

  @Test
  void who_has_the_file_below_a_loop_device_open_has_its_bytes() throws IOException {
    var file = Files.createFile(folder.resolve("image"));
    var loop = kernel.disk("loop4", "7:4");
    kernel.backing("loop4", file);
    kernel.open(41, "qemu", 9, file, READING_AND_WRITING);
    assertEquals(List.of(new Opener(41, "qemu", true, false)), openers(loop));
  }

  @Test
  void a_volume_shares_its_disk_with_others() throws IOException {
    var web = kernel.disk("dm-0", "254:0");
    kernel.stands("dm-0", "sda");
    kernel.open(41, "pvmove", 9, sda, READING_AND_WRITING);
    assertEquals(List.of(), openers(web));
  }

  @Test
  void a_process_that_cannot_be_looked_into_hides_no_other() throws IOException {
    Files.createDirectories(kernel.proc.resolve("40"));
    kernel.open(41, "dd", 1, sda, WRITING);
    assertEquals(List.of(new Opener(41, "dd", true, false)), openers(sda));
  }

  @Test
  void the_real_proc_shows_this_process_and_how_it_opened_a_file() throws IOException {
    var file = Files.createFile(folder.resolve("real"));
    var stack = DeviceStack.of(file, Path.of("/sys"));
    try (var reading = Files.newInputStream(file);
        var writing = Files.newOutputStream(file)) {
      var found = new Openers(Path.of("/proc")).of(stack);
      assertEquals(0, reading.available());
      writing.flush();
      assertEquals(List.of(false, true), found.stream().map(Opener::isWriter).sorted().toList());
      assertEquals(
          List.of(ProcessHandle.current().pid(), ProcessHandle.current().pid()),
          found.stream().filter(Opener::isOwn).map(Opener::pid).toList());
    }
    assertEquals(List.of(), new Openers(Path.of("/proc")).of(stack));
  }

  private List<Opener> openers(Path path) throws IOException {
    var stack = DeviceStack.of(path, kernel.sys, kernel);
    return new Openers(kernel.proc, this::identity)
        .of(stack).stream().sorted(Comparator.comparing(Opener::pid)).toList();
  }

  private Optional<Object> identity(String path, FileStatus status) {
    try {
      Optional<DeviceNumber> device = kernel.of(Path.of(path));
      return device.isPresent() ? Optional.of(device.get()) : Openers.identity(path, status);
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
