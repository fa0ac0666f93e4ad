package org.blkdelta.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where a file has holes, which read as zeros. A device has none, as far as anybody says.
public final class Holes implements Closeable {

  private final Optional<NativeFile> file;

  private Holes(Optional<NativeFile> file) {
    this.file = file;
  }

  /// Opens what is at `path`, a file or device; the caller closes this.
  public static Holes of(Path path) throws IOException {
    return DeviceNumber.isOnHost(path) && Files.isRegularFile(path)
        ? new Holes(Optional.of(NativeFile.forReading(path)))
        : new Holes(Optional.empty());
  }

  /// Returns where the first data from `offset` on begins, `end` at the most.
  public long nextData(long offset, long end) throws IOException {
    return file.isEmpty() ? offset : file.get().nextData(offset, end);
  }

  /// Returns where the first hole from `offset` on begins, `end` at the most.
  public long nextHole(long offset, long end) throws IOException {
    return file.isEmpty() ? end : file.get().nextHole(offset, end);
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }
}
