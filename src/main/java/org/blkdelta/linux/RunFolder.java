package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Where processes of one user on this host leave what is of use only while they run. It is the
/// user's own, and gone after a reboot at the latest.
public final class RunFolder {

  /// So that the name of a socket in it is short enough; see unix(7).
  private static final int MAX_LENGTH = 40;

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private static final Set<PosixFilePermission> WRITABLE_BY_OTHERS =
      EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private RunFolder() {}

  /// Returns this user's: below `$XDG_RUNTIME_DIR`, which a login makes; root's is `/run/blkdelta`.
  /// If neither is there it is in the folder for temporary files. It is made if it is missing.
  ///
  /// @throws IOException if it cannot be made, or others could write to it
  public static Path ofUser() throws IOException {
    int user = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return of(
        user,
        Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR")).filter(name -> !name.isEmpty()),
        Path.of("/run"),
        Path.of(System.getProperty("java.io.tmpdir")));
  }

  static Path of(int user, Optional<String> session, Path system, Path temporary)
      throws IOException {
    if (user == 0 && Files.isWritable(system)) {
      return made(system.resolve("blkdelta"));
    }
    var named = session.map(Path::of).filter(Path::isAbsolute);
    return named.isPresent() && named.get().toString().length() <= MAX_LENGTH && isOwn(named.get())
        ? made(named.get().resolve("blkdelta"))
        : made(temporary.resolve("blkdelta-" + user));
  }

  private static Path made(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
    } catch (FileAlreadyExistsException earlier) {
      // by us, or by somebody who sets a trap
    }
    if (!isOwn(folder)) {
      throw new IOException(
          folder + ": is another user's, or others may write there; see what it is, and remove it");
    }
    return folder;
  }

  private static boolean isOwn(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    var is = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return is.owner().equals(Files.getOwner(Path.of("/proc/self")))
        && is.permissions().stream().noneMatch(WRITABLE_BY_OTHERS::contains);
  }
}
