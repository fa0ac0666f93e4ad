package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Who runs this process.
public final class User {

  private static final Path SELF = Path.of("/proc/self");

  private User() {}

  /// Returns whether it is root, also if that cannot be found out: what is done then says in its
  /// own words what it may not.
  public static boolean isRoot() {
    try {
      return Files.getAttribute(SELF, "unix:uid").equals(0);
    } catch (IOException unknown) {
      return true;
    }
  }
}
