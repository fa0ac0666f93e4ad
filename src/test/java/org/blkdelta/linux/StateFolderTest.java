package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {

  /// No folder can be made below it, by root neither.
  private static final Path CLOSED = Path.of("/proc/self/blkdelta");

  private static final Optional<Path> NOBODYS = Optional.empty();

  @TempDir Path folder;

  @Test
  void a_user_who_may_not_write_to_the_hosts_folder_has_one_at_home() {
    assertEquals(
        new StateFolder(Path.of("/home/eve/.local/state/blkdelta"), Optional.of(CLOSED)),
        StateFolder.of(false, Map.of(), "/home/eve", CLOSED));
    assertEquals(
        new StateFolder(Path.of("/state/blkdelta"), Optional.of(CLOSED)),
        StateFolder.of(false, Map.of("XDG_STATE_HOME", "/state"), "/home/eve", CLOSED));
    assertEquals(
        new StateFolder(Path.of("/home/eve/.local/state/blkdelta"), Optional.of(CLOSED)),
        StateFolder.of(false, Map.of("XDG_STATE_HOME", "not/absolute"), "/home/eve", CLOSED));
  }

  @Test
  void root_and_who_may_write_to_the_hosts_folder_use_that() {
    var hosts = folder.resolve("blkdelta");
    assertEquals(new StateFolder(CLOSED, NOBODYS), StateFolder.of(true, Map.of(), "/root", CLOSED));
    assertEquals(
        new StateFolder(hosts, NOBODYS), StateFolder.of(false, Map.of(), "/home/eve", hosts));
    assertEquals(new StateFolder(CLOSED, NOBODYS), StateFolder.of(false, Map.of(), "?", CLOSED));
  }

  @Test
  void the_folder_that_is_named_is_used_by_everybody() {
    var named = Map.of(StateFolder.VARIABLE, "here", "XDG_STATE_HOME", "/state");
    for (boolean isRoot : new boolean[] {true, false}) {
      assertEquals(
          new StateFolder(Path.of("here"), NOBODYS),
          StateFolder.of(isRoot, named, "/home/eve", CLOSED));
    }
  }
}
