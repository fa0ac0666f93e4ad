package org.blkdelta.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// What the kernel keeps of a file or device in memory: wishes only, that it may not fulfil and
/// that fail nothing.
public final class PageCache implements Closeable {

  private final Optional<NativeFile> file;

  private PageCache(Optional<NativeFile> file) {
    this.file = file;
  }

  /// Returns that of what is at `path`; the caller closes it.
  public static PageCache of(Path path) throws IOException {
    return DeviceNumber.isOnHost(path)
        ? new PageCache(Optional.of(NativeFile.forReading(path)))
        : none();
  }

  /// Returns one that nothing is kept in.
  public static PageCache none() {
    return new PageCache(Optional.empty());
  }

  /// Asks for what was written out to be forgotten, so that others keep what they have there.
  public void drop() {
    file.ifPresent(NativeFile::dropCache);
  }

  /// Asks for what was written to be brought to the medium from now on, so that a flush finds less
  /// to do.
  public void startWriting() {
    file.ifPresent(NativeFile::startWriting);
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }
}
