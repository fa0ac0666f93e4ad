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
import java.util.Optional;
import org.blkdelta.failure.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateStoreTest {

  @TempDir Path folder;

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
