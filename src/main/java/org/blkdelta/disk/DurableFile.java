package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Replaces small files so that a power cut leaves the old state or the new one, and
/// nothing between them.
public final class DurableFile {

  private DurableFile() {}

  /// Replaces a file's content, or makes it, durably when this returns. The file's folder exists.
  public static void replace(Path file, byte[] content) throws IOException {
    var next = file.resolveSibling(file.getFileName() + ".new");
    try (var channel =
        FileChannel.open(
            next,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      var bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    forceFolderOf(file);
  }

  /// Makes the names in a file's folder durable: a power cut must not take a new file's name.
  public static void forceFolderOf(Path file) throws IOException {
    var folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + ": is in no folder");
    }
    try (var names = FileChannel.open(folder)) {
      names.force(true);
    }
  }
}
