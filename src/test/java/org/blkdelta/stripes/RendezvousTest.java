package org.blkdelta.stripes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.LinkedBlockingDeque;
import org.blkdelta.disk.Programs;
import org.blkdelta.failure.Messages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RendezvousTest {

  @TempDir Path folder;

  @Test
  void who_knows_the_name_is_heard() throws Exception {
    var joined = new LinkedBlockingDeque<InputStream>();
    int guests = 0;
    var open = Rendezvous.open(folder, "web", joined::add);
    try (open) {
      for (var text : new String[] {"one", "two"}) {
        try (var out = Rendezvous.join(folder, "web")) {
          assertEquals(++guests, joined.size(), "not known when it was let in");
          out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
        var heard = joined.peekLast();
        assertEquals(text, new String(heard.readAllBytes(), StandardCharsets.US_ASCII));
      }
    }
    assertFalse(Files.exists(folder.resolve("blkdelta-web")));
    assertThrows(NoSuchFileException.class, () -> Rendezvous.join(folder, "web"));
  }

  @Test
  void what_was_left_by_those_that_were_killed_is_cleared() throws Exception {
    Programs.require("python3");
    var dead = Files.createDirectory(folder.resolve("blkdelta-dead"));
    Files.createFile(dead.resolve("lock"));
    Files.createFile(dead.resolve("socket"));
    var begun = Files.createDirectory(folder.resolve("blkdelta-begun"));
    var old = Files.createDirectory(folder.resolve("blkdelta-old"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(3600)));
    var other = Files.createDirectory(folder.resolve("other"));
    var live = Files.createDirectory(folder.resolve("blkdelta-live"));
    var lock = Files.createFile(live.resolve("lock"));
    var holder =
        new ProcessBuilder(
                "python3",
                "-c",
                "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX);"
                    + " print('held', flush=True); sys.stdin.read()",
                lock.toString())
            .start();
    try {
      assertEquals('h', holder.getInputStream().read());
      Rendezvous.open(folder, "web", in -> {}).close();
      assertEquals(List.of(begun, live, other), files());
    } finally {
      holder.destroy();
      holder.waitFor();
    }
    Rendezvous.open(folder, "web", in -> {}).close();
    assertEquals(List.of(begun, other), files());
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void a_guest_hears_of_the_end() throws Exception {
    var open = Rendezvous.open(folder, "web", in -> {});
    try (open) {
      var guest = Rendezvous.join(folder, "web");
      try (guest) {
        open.close();
        assertEquals(-1, guest.read(ByteBuffer.allocate(1)));
      }
    }
  }

  @Test
  void nobody_else_can_look_into_it() throws IOException {
    var open = Rendezvous.open(folder, "web", in -> {});
    try (open) {
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(folder.resolve("blkdelta-web"))));
      assertThrows(
          FileAlreadyExistsException.class, () -> Rendezvous.open(folder, "web", in -> {}));
    }
  }

  @Test
  void what_somebody_else_has_put_there_is_not_joined() throws IOException {
    var trap = Files.createDirectory(folder.resolve("blkdelta-web"));
    Files.setPosixFilePermissions(trap, PosixFilePermissions.fromString("rwxrwxrwx"));
    Messages.assertSays(
        assertThrows(IOException.class, () -> Rendezvous.join(folder, "web")), "is not only ours");
    Files.delete(trap);
    Files.createSymbolicLink(trap, Files.createDirectory(folder.resolve("elsewhere")));
    assertThrows(IOException.class, () -> Rendezvous.join(folder, "web"));
  }
}
