package org.blkdelta.uml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Not a test: makes `testdata/lvm` and `testdata/demo` anew, on a real kernel. It is named so that
/// it runs only when asked for; `testdata/lvm/README.md` says how.
class LvmFixtures {

  private static final Path TESTDATA = Path.of("testdata");

  @Test
  void are_made_anew() throws IOException {
    var script = UmlGuest.resource("lvm-fixtures.py");
    try (var guest =
        UmlGuest.builder()
            .disks("64M", "32M", "64M")
            .timeout(Duration.ofMinutes(9))
            .environment("MAKE", script.toString())
            .build()) {
      guest.run("modprobe -a dm-delay loop; /usr/bin/python3 \"$MAKE\" $RESULTS").ok();
      for (var made : List.of("lvm", "demo")) {
        clear(TESTDATA.resolve(made));
        copy(guest.results().resolve(made), TESTDATA.resolve(made));
      }
    }
  }

  private static void clear(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(directory) && !file.endsWith("README.md")) {
          Files.delete(file);
        }
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (var file : files.toList()) {
        var copy = to.resolve(from.relativize(file));
        if (!Files.isDirectory(copy)) {
          Files.copy(file, copy);
        }
      }
    }
  }
}
