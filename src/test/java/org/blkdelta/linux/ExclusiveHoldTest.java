package org.blkdelta.linux;

import static org.blkdelta.disk.DiskContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExclusiveHoldTest {

  @TempDir Path folder;

  @Test
  void a_second_hold_of_a_file_is_refused_until_the_first_ends() throws IOException {
    var file = Files.write(folder.resolve("file"), bytes(100));
    var first = ExclusiveHold.of(file).orElseThrow();
    try (first) {
      assertTrue(ExclusiveHold.of(file).isEmpty());
      assertTrue(ExclusiveHold.of(file).isEmpty(), "asking must not end it");
    }
    ExclusiveHold.of(file).orElseThrow().close();
    assertArrayEquals(bytes(100), Files.readAllBytes(file));
  }

  @Test
  void the_same_file_under_another_name_is_held_too() throws IOException {
    var file = Files.write(folder.resolve("file"), bytes(100));
    var link = Files.createLink(folder.resolve("link"), file);
    var first = ExclusiveHold.of(file).orElseThrow();
    try (first) {
      assertTrue(ExclusiveHold.of(link).isEmpty());
    }
  }

  @Test
  void a_file_elsewhere_can_be_held() throws IOException {
    try (var files = Jimfs.newFileSystem(Configuration.unix())) {
      var file = Files.write(files.getPath("/file"), bytes(100));
      ExclusiveHold.of(file).orElseThrow().close();
    }
  }

  @Test
  void nothing_is_made_where_nothing_is() {
    var file = folder.resolve("absent");
    assertThrows(NoSuchFileException.class, () -> ExclusiveHold.of(file));
    assertTrue(Files.notExists(file));
  }
}
