package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.blkdelta.vmdk.Recipe;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where a VMware disk may not be written to, and what may not stand for one of its files.
class SyncVmdkTest {

  private static final String TOP = "a-000001.vmdk";
  private static final String DELTA = "a-000001-delta.vmdk";
  private static final long SIZE = 9426 * 512;

  @TempDir(factory = InMemory.class)
  private Path folder;

  @BeforeEach
  void aDelta() throws IOException {
    Recipe.good("cowd").make(folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {TOP, DELTA, "hard link", "symbolic link"})
  void a_disk_is_not_written_to_a_file_that_it_is_read_from(String name) throws IOException {
    enlarge(folder.resolve(DELTA));
    Files.createLink(folder.resolve("hard link"), folder.resolve(DELTA));
    Files.createSymbolicLink(folder.resolve("symbolic link"), Path.of(DELTA));
    var before = Files.readAllBytes(folder.resolve(name));

    var run = Cli.run("sync", folder.resolve(TOP), folder.resolve(name));

    assertEquals(5, run.status(), run.stderr());
    assertArrayEquals(before, Files.readAllBytes(folder.resolve(name)));
  }

  @Test
  void a_destination_that_is_too_small_is_refused_and_a_larger_one_is_not() throws IOException {
    var destination = folder.resolve("copy.img");
    Files.write(destination, new byte[(int) SIZE - 512]);
    var run = Cli.run("sync", folder.resolve(TOP), destination);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains("make it larger"), run.stderr());
    assertArrayEquals(new byte[(int) SIZE - 512], Files.readAllBytes(destination));

    Files.write(destination, new byte[(int) SIZE + 512]);
    Cli.run("sync", "--base=assume", folder.resolve(TOP), destination).ok();
  }

  @ParameterizedTest
  @ValueSource(strings = {TOP, DELTA})
  @Timeout(60)
  void a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(String name)
      throws IOException, InterruptedException {
    Files.delete(folder.resolve(name));
    assertEquals(
        0, new ProcessBuilder("mkfifo", folder.resolve(name).toString()).start().waitFor());
    var destination = Files.write(folder.resolve("copy.img"), new byte[(int) SIZE]);

    var run = Cli.run("sync", folder.resolve(TOP), destination);

    assertEquals(4, run.status(), run.stderr());
    assertTrue(run.stderr().contains(name), run.stderr());
    assertArrayEquals(new byte[(int) SIZE], Files.readAllBytes(destination));
  }

  private static void enlarge(Path file) throws IOException {
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(SIZE);
    }
  }
}
