package org.blkdelta.compat;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.cli.Cli;
import org.blkdelta.disk.Programs;
import org.blkdelta.failure.SourceException;
import org.blkdelta.vmdk.CowdBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipedDeltaTest {

  private static final int SECTORS = 4096;

  @TempDir Path folder;

  private final byte[] delta = CowdBuilder.cowd(SECTORS).grain(3, 1).grain(4000, 2).build().bytes();
  private final List<String> told = new ArrayList<>();
  private Path pipe = Path.of("");
  private Path kept = Path.of("");

  @BeforeEach
  void aPipe() throws IOException {
    pipe = folder.resolve("pipe");
    kept = Files.createDirectory(folder.resolve("kept"));
    Programs.run("mkfifo", pipe.toString());
  }

  private void startWriter() {
    Thread.ofPlatform().daemon().start(this::fill);
  }

  private void fill() {
    try {
      Files.write(pipe, delta);
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  @Test
  void what_comes_through_a_pipe_is_kept_for_its_owner_and_deleted() throws IOException {
    startWriter();
    try (var piped = PipedDelta.of(pipe, kept, told::add)) {
      assertArrayEquals(delta, Files.readAllBytes(piped.file()));
      assertEquals(kept, piped.file().resolve("../..").normalize());
      assertEquals("rwx------", mode(piped.file().resolveSibling("")));
      try (var disk = piped.open(piped.file())) {
        assertEquals(pipe.toString(), disk.name());
      }
    }
    try (var left = Files.list(kept)) {
      assertEquals(0, left.count());
    }
    assertEquals(List.of(pipe + ": comes through a pipe; kept in " + kept + " meanwhile"), told);
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void a_file_is_taken_as_it_is() throws IOException {
    var file = Files.write(folder.resolve("a.vmdk"), delta);
    var absent = folder.resolve("absent");
    for (var path : List.of(file, absent, folder)) {
      try (var piped = PipedDelta.of(path, kept, told::add)) {
        assertEquals(path, piped.file());
      }
    }
    assertTrue(Files.exists(file));
    assertEquals(List.of(), told);
  }

  @Test
  void a_folder_without_room_is_told() {
    var refused =
        assertThrows(
            SourceException.class, () -> PipedDelta.of(pipe, folder.resolve("none"), told::add));
    assertSays(refused, "pipe: cannot be kept in");
    assertSays(refused, "name a folder with more room by TMPDIR");
  }

  @Test
  void the_delta_of_a_pipe_is_written() throws IOException {
    startWriter();
    var destination = Files.write(folder.resolve("disk"), new byte[SECTORS * 512]);
    Cli.run("vmdksync", pipe, destination).ok();
    var want = new byte[SECTORS * 512];
    Arrays.fill(want, 3 * 512, 4 * 512, (byte) 1);
    Arrays.fill(want, 4000 * 512, 4001 * 512, (byte) 2);
    assertArrayEquals(want, Files.readAllBytes(destination));
  }
}
