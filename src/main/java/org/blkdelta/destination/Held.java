package org.blkdelta.destination;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.linux.ExclusiveHold;

/// A file or device that this process keeps others away from. Closing it lets it go, and removes a
/// file that was made for a run which never wrote to it.
final class Held implements Closeable {

  private final Path path;
  private final Optional<ExclusiveHold> hold;
  private final boolean isExclusive;
  private final boolean isCreated;
  private boolean isWritten;

  private Held(Path path, Optional<ExclusiveHold> hold, boolean isExclusive, boolean isCreated) {
    this.path = path;
    this.hold = hold;
    this.isExclusive = isExclusive;
    this.isCreated = isCreated;
  }

  /// Holds what is at a path; the caller closes it.
  ///
  /// @param isCreated whether it was made for this run
  static Held of(Path path, boolean isCreated) throws IOException {
    var exclusive = ExclusiveHold.of(path);
    var hold = exclusive.isPresent() ? exclusive.get() : ExclusiveHold.shared(path);
    return new Held(path, Optional.of(hold), exclusive.isPresent(), isCreated);
  }

  /// Returns what stands for a file that a dry run does not make.
  static Held nothing(Path path) {
    return new Held(path, Optional.empty(), true, true);
  }

  /// Returns a name of what is held, whatever becomes of its path.
  Path opened() {
    return hold.map(ExclusiveHold::path).orElse(path);
  }

  /// Returns whether others cannot open it, as far as the kernel can see to that.
  boolean isExclusive() {
    return isExclusive;
  }

  /// Returns whether it was made for this run.
  boolean isCreated() {
    return isCreated;
  }

  /// Notes that it is written to from now on, and so stays.
  void written() {
    isWritten = true;
  }

  /// Returns whether it is at its path yet.
  boolean isThere() throws IOException {
    return hold.isPresent() && hold.get().isAt(path);
  }

  @Override
  public void close() throws IOException {
    if (hold.isEmpty()) {
      return;
    }
    try {
      if (isCreated && !isWritten) {
        Files.deleteIfExists(path);
      }
    } finally {
      hold.get().close();
    }
  }
}
