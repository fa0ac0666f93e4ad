package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.failure.SourceException;

/// How files are opened, and what the user allowed.
///
/// @param opener opens a regular file for reading
/// @param allowOutside whether descriptors may name files outside their own folder
/// @param accepted the doubts that the user answered for
/// @param warnings told in words what the user should know
public record FileAccess(
    Opener opener, boolean allowOutside, Set<Doubt> accepted, Consumer<String> warnings) {

  /// Opens files, here or on another host.
  @FunctionalInterface
  public interface Opener {

    /// Opens a regular file for reading; the caller closes it.
    Disk open(Path file) throws IOException;
  }

  /// Copies the set.
  public FileAccess {
    accepted = Set.copyOf(accepted);
  }

  /// Returns access to files of this host for who cannot allow anything.
  public static FileAccess ofHost(Consumer<String> warnings) {
    return new FileAccess(FileDisk::withHoles, false, Set.of(), warnings);
  }

  /// Returns access for looking at a file that is questioned when it is opened for good.
  FileAccess unquestioning() {
    return new FileAccess(opener, allowOutside, EnumSet.allOf(Doubt.class), warning -> {});
  }

  /// Lets a doubt pass with a warning where the user answered for it, and refuses it where not.
  ///
  /// @param where the file, and the place in it
  void doubt(Doubt doubt, String where, String what) throws SourceException {
    var message = where + ": " + what;
    if (!accepted.contains(doubt)) {
      throw new SourceException(
          "%s; refused unless you know better: --accept=%s".formatted(message, doubt.word()));
    }
    warnings.accept(message + "; accepted by --accept=" + doubt.word());
  }
}
