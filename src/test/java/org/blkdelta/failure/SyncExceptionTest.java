package org.blkdelta.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The words for what comes from outside.
class SyncExceptionTest {

  @Test
  void a_full_disk_is_told_with_what_to_do() {
    var full = new IOException("No space left on device");
    assertEquals("No space left on device; make room", SyncException.describe(full));
    assertEquals(
        "web.img: No space left on device; make room",
        SyncException.describe(Path.of("web.img"), full));
  }

  @Test
  void a_fault_of_a_file_is_told_in_words() {
    assertEquals("a: no such file or directory", told(new NoSuchFileException("a")));
    assertEquals("a: permission denied", told(new AccessDeniedException("a")));
    assertEquals("IOException", told(new IOException()));
  }

  private static String told(IOException fault) {
    return SyncException.describe(fault);
  }
}
