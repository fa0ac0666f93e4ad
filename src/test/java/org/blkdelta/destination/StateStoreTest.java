package org.blkdelta.destination;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.failure.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateStoreTest {

  /// No folder can be made below it, by root neither.
  private static final Path CLOSED = Path.of("/proc/self/blkdelta");

  @TempDir Path folder;

  @Test
  void a_user_who_may_not_write_to_the_hosts_folder_has_one_at_home() {
    assertEquals(
        new StateStore(Path.of("/home/eve/.local/state/blkdelta"), Optional.of(CLOSED)),
        StateStore.of(false, Map.of(), "/home/eve", CLOSED));
    assertEquals(
        new StateStore(Path.of("/state/blkdelta"), Optional.of(CLOSED)),
        StateStore.of(false, Map.of("XDG_STATE_HOME", "/state"), "/home/eve", CLOSED));
    assertEquals(
        new StateStore(Path.of("/home/eve/.local/state/blkdelta"), Optional.of(CLOSED)),
        StateStore.of(false, Map.of("XDG_STATE_HOME", "not/absolute"), "/home/eve", CLOSED));
  }

  @Test
  void root_and_who_may_write_to_the_hosts_folder_use_that() {
    var hosts = folder.resolve("blkdelta");
    assertEquals(new StateStore(CLOSED), StateStore.of(true, Map.of(), "/root", CLOSED));
    assertEquals(new StateStore(hosts), StateStore.of(false, Map.of(), "/home/eve", hosts));
    assertEquals(new StateStore(CLOSED), StateStore.of(false, Map.of(), "?", CLOSED));
  }

  @Test
  void the_folder_that_is_named_is_used_by_everybody() {
    var named = Map.of(StateStore.VARIABLE, "here", "XDG_STATE_HOME", "/state");
    for (boolean isRoot : new boolean[] {true, false}) {
      assertEquals(
          new StateStore(Path.of("here")), StateStore.of(isRoot, named, "/home/eve", CLOSED));
    }
  }

  @Test
  void what_root_remembers_is_not_remembered_otherwise_by_a_user() throws IOException {
    var roots = new StateStore(folder.resolve("roots"));
    var own = new StateStore(folder.resolve("own"), Optional.of(roots.folder()));
    roots.remember("disk-1", "/dev/sda", DestinationState.UNKNOWN, Optional.empty());
    own.remember("disk-2", "/dev/sdb", DestinationState.UNKNOWN, Optional.empty());

    assertTrue(own.knows("disk-1"));
    var refused = assertThrows(RefusedException.class, () -> own.recall("disk-1", told -> {}));
    assertSays(refused, roots.folder() + ": ", "is root's; run as root");
    assertEquals("/dev/sdb", own.recall("disk-2", told -> {}).orElseThrow().path());
    assertFalse(own.knows("disk-3"));
    assertEquals(Optional.empty(), own.recall("disk-3", told -> {}));
  }

  @Test
  void others_can_see_whether_there_is_a_file_and_nothing_else() throws IOException {
    var store = new StateStore(folder.resolve("made"));
    store.remember("disk-1", "/dev/sda", DestinationState.UNKNOWN, Optional.empty());
    var mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(store.folder()));
    assertEquals("rwx--x--x", mode);
    for (var entry : store.all()) {
      var file = PosixFilePermissions.toString(Files.getPosixFilePermissions(entry.file()));
      assertEquals("rw-------", file);
    }
  }
}
