package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.blkdelta.failure.Messages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

class RunFolderTest {

  @TempDir(factory = ShortNames.class)
  Path folder;

  /// A folder whose name is no longer than those of logins.
  static final class ShortNames implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      return Files.createTempDirectory(Path.of("/tmp"), "r");
    }
  }

  @Test
  void roots_is_the_systems() throws IOException {
    assertEquals(folder.resolve("blkdelta"), of(0, "/nowhere"));
    assertEquals(folder.resolve("blkdelta"), of(0, "/nowhere"), "again");
    assertEquals("rwx------", mode(folder.resolve("blkdelta")));
  }

  @Test
  void a_users_is_that_of_the_login_or_temporary() throws IOException {
    var login = Files.createDirectory(folder.resolve("login"));
    assertEquals(login.resolve("blkdelta"), of(1000, login.toString()));
    for (var other : new String[] {"/nowhere", "relative", login.resolve("x".repeat(60)) + ""}) {
      assertEquals(folder.resolve("blkdelta-1000"), of(1000, other), other);
    }
  }

  @Test
  void what_somebody_else_has_put_there_is_not_used() throws IOException {
    var trap = Files.createDirectory(folder.resolve("blkdelta-1000"));
    Files.setPosixFilePermissions(trap, PosixFilePermissions.fromString("rwxrwxrwx"));
    Messages.assertSays(assertThrows(IOException.class, () -> of(1000, "")), "others may write");
    Files.delete(trap);
    Files.createSymbolicLink(trap, Files.createDirectory(folder.resolve("elsewhere")));
    assertThrows(IOException.class, () -> of(1000, ""));
  }

  private Path of(int user, String session) throws IOException {
    return RunFolder.of(user, Optional.of(session), folder, folder);
  }

  private static String mode(Path of) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(of));
  }
}
