package org.blkdelta.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchPathTest {

  private static final List<Path> MORE =
      folders("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin");

  @TempDir private Path folder;

  @Test
  void administrators_folders_come_after_those_of_the_environment() {
    assertEquals(
        folders("/opt/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"),
        SearchPath.of("/opt/bin:/usr/bin:/bin").folders());
  }

  @Test
  void without_a_path_they_are_all_that_there_is() {
    assertEquals(MORE, SearchPath.of(null).folders());
    assertEquals(MORE, SearchPath.of("").folders());
  }

  @Test
  void the_folder_that_a_run_was_started_in_is_not_looked_at() {
    assertEquals(MORE, SearchPath.of(".:bin::../sbin").folders());
  }

  @Test
  void the_first_file_that_may_run_is_found() throws IOException {
    var first = Files.createDirectories(folder.resolve("first"));
    var second = Files.createDirectories(folder.resolve("second"));
    var third = Files.createDirectories(folder.resolve("third"));
    Files.createDirectory(first.resolve("lvs"));
    Files.createFile(second.resolve("lvs"));
    var lvs = Files.createFile(third.resolve("lvs"));
    lvs.toFile().setExecutable(true);
    var path = SearchPath.of("%s:%s:%s".formatted(first, second, third));
    assertEquals(Optional.of(lvs), path.find("lvs"));
    assertEquals(Optional.empty(), path.find("no-such-program"));
  }

  private static List<Path> folders(String... names) {
    return Arrays.stream(names).map(Path::of).toList();
  }
}
