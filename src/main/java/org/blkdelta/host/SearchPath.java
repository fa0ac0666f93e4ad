package org.blkdelta.host;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where programs are looked for: in `PATH`, and then where administrators' programs are, which the
/// `PATH` of cron, sudo and some logins leaves out. A folder that is not absolute is not looked at:
/// root's programs do not come from whatever folder a run was started in.
record SearchPath(List<Path> folders) {

  private static final List<String> ADMINISTRATORS =
      List.of("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin");

  /// Returns the one for a value of `PATH`.
  static SearchPath of(@Nullable String path) {
    var named = Arrays.stream(Objects.requireNonNullElse(path, "").split(":", -1));
    return new SearchPath(
        Stream.concat(named, ADMINISTRATORS.stream())
            .map(SearchPath::folder)
            .flatMap(Optional::stream)
            .distinct()
            .toList());
  }

  private static Optional<Path> folder(String name) {
    try {
      return Optional.of(Path.of(name)).filter(Path::isAbsolute);
    } catch (InvalidPathException unnamed) {
      return Optional.empty(); // not in this locale; the other folders are still good
    }
  }

  /// Returns the file of a program.
  Optional<Path> find(String program) {
    return folders.stream()
        .map(folder -> folder.resolve(program))
        .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file))
        .findFirst();
  }
}
