package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads files that are small, and that somebody else wrote: in bounded memory, and without waiting
/// for whoever might write to a pipe.
public final class SmallFile {

  /// The number of `/dev/null` among the character devices; see null(4).
  private static final long NULL_DEVICE = 1 << 8 | 3;

  private SmallFile() {}

  /// Reads a whole file. `/dev/null`, which people name to say that there is none, is empty.
  ///
  /// @param limit bytes that it may have at most
  /// @throws IOException if it cannot be read, has more, or is not a regular file
  public static byte[] read(Path file, int limit) throws IOException {
    Files.getLastModifiedTime(file); // says what is wrong when there is no file
    if (!Files.isRegularFile(file)) {
      if (isNull(file)) {
        return new byte[0];
      }
      throw new IOException(file + ": is not a regular file");
    }
    try (var in = Files.newInputStream(file)) {
      var bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw new IOException("%s: has more than %d bytes".formatted(file, limit));
      }
      return bytes;
    }
  }

  private static boolean isNull(Path file) throws IOException {
    return DeviceNumber.isOnHost(file)
        && DeviceNumber.of(file).isEmpty()
        && (long) Files.getAttribute(file, "unix:rdev") == NULL_DEVICE;
  }
}
