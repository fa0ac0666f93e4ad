package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SmallFileTest {

  @TempDir private Path folder;

  @Test
  void a_file_is_read_up_to_the_limit_and_not_beyond() throws IOException {
    var file = Files.write(folder.resolve("file"), new byte[] {1, 2, 3});
    assertArrayEquals(new byte[] {1, 2, 3}, SmallFile.read(file, 3));
    var link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertArrayEquals(new byte[] {1, 2, 3}, SmallFile.read(link, 100));
    var refused = assertThrows(IOException.class, () -> SmallFile.read(file, 2));
    assertEquals(file + ": has more than 2 bytes", refused.getMessage());
  }

  @Test
  void a_file_whose_size_says_nothing_is_read_and_bounded_too() throws IOException {
    var status = Path.of("/proc/self/status"); // its size is 0
    assertEquals('N', SmallFile.read(status, 1 << 20)[0]);
    assertThrows(IOException.class, () -> SmallFile.read(status, 10));
  }

  @Test
  void what_is_not_a_file_is_refused_at_once() throws IOException {
    Programs.require("mkfifo");
    var pipe = folder.resolve("pipe");
    Programs.run("mkfifo", pipe.toString());
    for (var other : new Path[] {pipe, folder, Path.of("/dev/zero")}) {
      var refused = assertThrows(IOException.class, () -> SmallFile.read(other, 100));
      assertEquals(other + ": is not a regular file", refused.getMessage());
    }
    assertThrows(NoSuchFileException.class, () -> SmallFile.read(folder.resolve("none"), 100));
  }

  @Test
  void the_null_device_is_an_empty_file() throws IOException {
    assertArrayEquals(new byte[0], SmallFile.read(Path.of("/dev/null"), 100));
  }
}
