package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.blkdelta.failure.SyncException;

/// Replaces small files so that a power cut leaves the old state or the new one, and
/// nothing between them.
public final class DurableFile {

  private DurableFile() {}

  /// Replaces a file's content, or makes it, durably when this returns. The file's folder exists.
  ///
  /// @throws IOException that names a file; nothing new is left then
  public static void replace(Path file, byte[] content) throws IOException {
    var next = file.resolveSibling(file.getFileName() + ".new");
    try {
      write(next, content);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException fault) {
      discard(next, fault);
      throw new IOException(SyncException.describe(next, fault), fault);
    }
    forceFolderOf(file);
  }

  private static void write(Path file, byte[] content) throws IOException {
    try (var channel =
        FileChannel.open(
            file,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      var bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  private static void discard(Path file, IOException why) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException stays) {
      why.addSuppressed(stays);
    }
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
