package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/// Where this host remembers from one run to the next.
///
/// @param path of the folder
/// @param systems root's, if this is a user's own
public record StateFolder(Path path, Optional<Path> systems) {

  /// The variable of the environment that names another folder.
  public static final String VARIABLE = "BLKDELTA_STATE";

  private static final String USUAL = "/var/lib/blkdelta";

  /// Others can see whether there is a file of a certain name, and nothing else.
  private static final FileAttribute<?> CLOSED =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x"));

  /// Returns this host's, or, for a user who may not write to that, the user's own.
  public static StateFolder ofHost() {
    return of(User.isRoot(), System.getenv(), System.getProperty("user.home", ""), Path.of(USUAL));
  }

  static StateFolder of(boolean isRoot, Map<String, String> environment, String home, Path usual) {
    var named = environment.getOrDefault(VARIABLE, "");
    if (!named.isEmpty()) {
      return new StateFolder(Path.of(named), Optional.empty());
    }
    var below = environment.getOrDefault("XDG_STATE_HOME", "");
    var own = below.startsWith("/") ? Path.of(below) : Path.of(home, ".local/state");
    return isRoot || isWritable(usual) || !own.isAbsolute()
        ? new StateFolder(usual, Optional.empty())
        : new StateFolder(own.resolve("blkdelta"), Optional.of(usual));
  }

  /// Returns whether files can be made in a folder, or it can be made.
  public static boolean isWritable(Path folder) {
    var place = folder.toAbsolutePath();
    var parent = place.getParent();
    while (parent != null && Files.notExists(place)) {
      place = parent;
      parent = place.getParent();
    }
    return Files.isDirectory(place) && Files.isWritable(place);
  }

  /// Makes a folder of this kind if it is missing.
  public static void make(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder.toAbsolutePath().getParent());
      Files.createDirectory(folder, CLOSED);
    }
  }
}
