package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// Finds the files that a descriptor names: beside it, unless the user allows more. A descriptor
/// may come from anywhere, and what it names is read by root and sent away.
final class NamedFiles {

  private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:/.*");

  private final Path file;
  private final Path folder;
  private final boolean allowOutside;

  /// Creates one for the names in a file.
  ///
  /// @param file the descriptor's real path
  NamedFiles(Path file, FileAccess access) {
    this.file = file;
    this.folder = file.toAbsolutePath().resolveSibling("");
    this.allowOutside = access.allowOutside();
  }

  /// Returns the real path of a regular file.
  ///
  /// @param file where the user, or a descriptor, says that it is
  static Path real(Path file) throws SyncException {
    try {
      return regular(file.toRealPath());
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// Finds the file of an extent.
  Path extent(DescriptorExtent extent) throws SyncException {
    var name = extent.fileName().orElseThrow();
    checkName(name);
    var found = lookUp(name);
    if (found.isPresent()) {
      return found.get();
    }
    if (!allowOutside && isThereOutside(name)) {
      throw new SourceException(
          "%s: line %d: \"%s\" is not beside it, and lies outside its folder; copy it there, or if you trust the descriptor: --allow-outside"
              .formatted(file, extent.line(), name));
    }
    throw new SourceException(
        "%s: line %d: \"%s\" is missing; copy it into the same folder"
            .formatted(file, extent.line(), name));
  }

  /// Returns whether it would be found if it were looked for outside the folder.
  private boolean isThereOutside(String name) throws SourceException {
    for (var candidate : candidates(slashed(name), true)) {
      if (Files.exists(path(candidate))) {
        return true;
      }
    }
    return false;
  }

  /// Finds the parent, or empty if it is in none of the places it could be.
  Optional<Path> parent(String hint) throws SyncException {
    checkName(hint);
    return lookUp(hint);
  }

  private Optional<Path> lookUp(String written) throws SyncException {
    for (var candidate : candidates(slashed(written), allowOutside)) {
      var found = find(written, path(candidate));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /// Products for Windows write backslashes.
  private static String slashed(String name) {
    return name.contains("/") ? name : name.replace('\\', '/');
  }

  /// An absolute name was true on the host that wrote it; here the file may stand beside the
  /// descriptor.
  private static List<String> candidates(String name, boolean outside) {
    if (!isAbsolute(name)) {
      return List.of(name);
    }
    var parts = name.split("/");
    if (parts.length == 0) {
      return List.of(name); // the root itself
    }
    var candidates = new ArrayList<>(List.of(parts[parts.length - 1]));
    if (outside) {
      if (parts.length > 1) {
        candidates.add("../" + parts[parts.length - 2] + "/" + parts[parts.length - 1]);
      }
      candidates.add(name);
    }
    return candidates;
  }

  private void checkName(String name) throws SourceException {
    if (name.isBlank() || CONTROL.matcher(name).find()) {
      throw new SourceException(
          file + ": a file name in it is empty or has control characters; refused");
    }
  }

  private static boolean isAbsolute(String name) {
    return name.startsWith("/") || DRIVE.matcher(name).matches();
  }

  private Path path(String name) throws SourceException {
    try {
      return folder.resolve(name).normalize();
    } catch (InvalidPathException bad) {
      throw new SourceException(
          "%s: \"%s\" is not the name of a file here; refused".formatted(file, name), bad);
    }
  }

  /// Follows symbolic links to a regular file, and refuses what lies outside the folder; empty
  /// where nothing is.
  private Optional<Path> find(String name, Path path) throws SyncException {
    if (!allowOutside && !path.startsWith(folder) && Files.exists(path)) {
      throw outside(name);
    }
    try {
      var real = path.toRealPath();
      if (!allowOutside && !real.startsWith(folder)) {
        throw outside(name);
      }
      return Optional.of(regular(real));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new SourceException(
          "%s: \"%s\": %s; the source cannot be read"
              .formatted(file, name, SyncException.describe(fault)),
          fault);
    }
  }

  /// Opening a pipe would wait for its writer. `Files.isRegularFile` says no where a connection is
  /// lost.
  private static Path regular(Path real) throws IOException {
    if (!Files.readAttributes(real, BasicFileAttributes.class).isRegularFile()) {
      throw new SourceException(real + ": is not a regular file; refused");
    }
    return real;
  }

  private SourceException outside(String name) {
    return new SourceException(
        "%s: \"%s\" lies outside the descriptor's folder; if you trust the descriptor: --allow-outside"
            .formatted(file, name));
  }
}
