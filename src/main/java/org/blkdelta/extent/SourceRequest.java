package org.blkdelta.extent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.UsageException;

/// What is to be read, and what the user said of it.
///
/// @param names as the user wrote them; not empty
/// @param files the same as paths, of this host or of another one
/// @param isRemote whether they are of another host
/// @param paths makes a path of what an option names
/// @param opener opens files
/// @param settings how it is read
/// @param isRaw whether it is a raw disk whatever it holds
/// @param use decides about what is read, and in use
/// @param person is asked for the password of what is reached without ssh
/// @param warnings told what the user should know
public record SourceRequest(
    List<String> names,
    List<Path> files,
    boolean isRemote,
    Function<String, Path> paths,
    Opener opener,
    SourceSettings settings,
    boolean isRaw,
    Admission use,
    Person person,
    Consumer<String> warnings) {

  /// Opens files.
  @FunctionalInterface
  public interface Opener {

    /// Opens a regular file for reading; the caller closes it.
    Disk open(Path file) throws IOException;
  }

  /// Copies the lists.
  public SourceRequest {
    names = List.copyOf(names);
    files = List.copyOf(files);
  }

  /// Returns the name of the only source, or the first of several.
  public String name() {
    return names.getFirst();
  }

  /// Returns its path.
  public Path file() {
    return files.getFirst();
  }

  /// Returns the path that an option names.
  public Optional<Path> path(SourceOption option) {
    return settings.name(option).map(paths);
  }

  /// Returns the size of what the changes start from, in bytes, if the user gave it.
  ///
  /// @throws UsageException if it is none
  public OptionalLong snapshotSize() throws UsageException {
    var size = settings.number(SourceOption.SNAPSHOT_SIZE);
    if (size.isPresent() && size.getAsLong() <= 0) {
      throw new UsageException(
          "--snapshot-size=%d: give the size in bytes".formatted(size.getAsLong()));
    }
    return size;
  }
}
