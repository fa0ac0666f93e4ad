package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.blkdelta.failure.Messages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFileTest {

  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5};

  @TempDir Path folder;

  @Test
  void a_file_is_made_and_replaced_for_its_owner_only() throws IOException {
    var file = folder.resolve("file");
    for (var content : List.of(OLD, NEW)) {
      DurableFile.replace(file, content);
      assertEquals(List.of(file), files());
      assertArrayEquals(content, Files.readAllBytes(file));
      assertEquals("rw-------", mode(file));
    }
  }

  @Test
  void a_file_that_others_could_read_is_private_when_it_is_replaced() throws IOException {
    var file = Files.write(folder.resolve("file"), OLD);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    DurableFile.replace(file, NEW);
    assertEquals("rw-------", mode(file));
  }

  @Test
  void what_is_not_a_regular_file_stays() throws IOException, InterruptedException {
    var victim = Files.write(folder.resolve("victim"), OLD);
    var link = Files.createSymbolicLink(folder.resolve("link"), victim);
    var dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    var pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    var inside = Files.createDirectory(folder.resolve("folder"));
    var before = files();
    for (var file : List.of(link, dangling, pipe, inside, Path.of("/dev/null"))) {
      Messages.assertSays(
          assertThrows(IOException.class, () -> DurableFile.replace(file, NEW)),
          file + ": is ",
          "not a regular file");
    }
    assertEquals(before, files());
    assertArrayEquals(OLD, Files.readAllBytes(victim));
    assertTrue(Files.isSymbolicLink(link));
    assertFalse(Files.exists(folder.resolve("none"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void a_link_at_a_name_that_can_be_foreseen_is_not_followed() throws IOException {
    var victim = Files.write(folder.resolve("victim"), OLD);
    Files.createSymbolicLink(folder.resolve("file.new"), victim);
    DurableFile.replace(folder.resolve("file"), NEW);
    assertArrayEquals(OLD, Files.readAllBytes(victim));
  }

  @Test
  void a_failure_names_the_file_and_leaves_nothing() throws IOException {
    var file = folder.resolve("nowhere/file");
    var fault = assertThrows(IOException.class, () -> DurableFile.replace(file, NEW));
    assertEquals(file + ": no such file or directory", fault.getMessage());
    assertEquals(List.of(), files());
  }

  @Test
  void a_new_file_with_a_content_takes_nobodys_place() throws IOException {
    var file = folder.resolve("file");
    DurableFile.create(file, OLD);
    assertArrayEquals(OLD, Files.readAllBytes(file));
    assertEquals("rw-------", mode(file));
    assertThrows(FileAlreadyExistsException.class, () -> DurableFile.create(file, NEW));
    assertArrayEquals(OLD, Files.readAllBytes(file));
  }

  @Test
  void a_new_file_takes_nobodys_place() throws IOException {
    var file = folder.resolve("file");
    DurableFile.create(file).close();
    assertEquals("rw-------", mode(file));
    assertThrows(FileAlreadyExistsException.class, () -> DurableFile.create(file));
    var dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    assertThrows(FileAlreadyExistsException.class, () -> DurableFile.create(dangling));
    assertFalse(Files.exists(folder.resolve("none"), LinkOption.NOFOLLOW_LINKS));
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
