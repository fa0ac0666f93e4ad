package org.blkdelta.uml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import org.junit.jupiter.api.Test;

/// Not a test: makes `testdata/thin` anew, on a real kernel. It is named so that it runs only when
/// asked for; `testdata/thin/README.md` says how.
class ThinFixtures {

  private static final Path FOLDER = Path.of("testdata/thin");

  @Test
  void are_made_anew() throws IOException {
    try (var guest =
        UmlGuest.builder().disks("5G").memory("1G").timeout(Duration.ofMinutes(9)).build()) {
      guest.run("source '" + UmlGuest.resource("thin-fixtures.sh") + "'").ok();
      clear();
      copy(guest.results().resolve("thin"));
    }
  }

  private static void clear() throws IOException {
    Files.createDirectories(FOLDER);
    try (var files = Files.walk(FOLDER)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(FOLDER) && !file.endsWith("README.md")) {
          Files.delete(file);
        }
      }
    }
  }

  private static void copy(Path made) throws IOException {
    try (var files = Files.walk(made)) {
      for (var file : files.toList()) {
        var copy = FOLDER.resolve(made.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }
}
