package org.blkdelta.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.blkdelta.failure.SyncException;

/// Makes and replaces files of ours so that a power cut leaves the old content or the new one, and
/// nothing between them. They are readable by their owner only, and nothing that somebody else has
/// put in their place (a link, a device, a pipe) is followed, truncated or replaced.
public final class DurableFile {

  /// How the names of files begin that are not in their place yet. One stays if we are killed.
  static final String UNFINISHED = ".blkdelta-";

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private DurableFile() {}

  /// Replaces a regular file's content, or makes the file, durably when this returns. The file's
  /// folder exists.
  ///
  /// @throws IOException that names the file; it is as it was, unless the fault is in making the
  ///     new name durable
  public static void replace(Path file, byte[] content) throws IOException {
    replace(file, content, PRIVATE);
  }

  /// Does the same with a file that others than its owner may read.
  public static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions)
      throws IOException {
    checkReplaceable(file);
    var next = file.resolveSibling(UNFINISHED + UUID.randomUUID());
    try (var channel = exclusive(next)) {
      try {
        var bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        if (!permissions.equals(PRIVATE)) {
          Files.setPosixFilePermissions(next, permissions);
        }
        channel.force(true);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException fault) {
        discard(next, fault);
        throw fault;
      }
      forceFolderOf(file);
    } catch (IOException fault) {
      throw new IOException(file + ": " + reason(fault, next), fault);
    }
  }

  /// Makes a new file and opens it for writing. Its name is durable when this returns.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException if there is anything at this path, be it a
  ///     link that leads nowhere
  public static FileChannel create(Path file) throws IOException {
    var channel = exclusive(file);
    try {
      forceFolderOf(file);
      return channel;
    } catch (IOException fault) {
      channel.close();
      discard(file, fault);
      throw fault;
    }
  }

  /// Makes a new file with a content, durably when this returns.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException if there is anything at this path, be it a
  ///     link that leads nowhere
  public static void create(Path file, byte[] content) throws IOException {
    var channel = create(file);
    try (channel) {
      var bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } catch (IOException fault) {
      discard(file, fault);
      throw new IOException(file + ": " + SyncException.describe(fault), fault);
    }
  }

  /// Checks that there is nothing at a path but, at most, a regular file.
  ///
  /// @throws IOException that names what is there
  public static void checkReplaceable(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(
          "%s: is %s, not a regular file, and is not replaced".formatted(file, kind(file)));
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

  /// Opens a new file by O_CREAT and O_EXCL, which follows no link.
  private static FileChannel exclusive(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(PRIVATE));
  }

  private static void discard(Path file, IOException why) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException stays) {
      why.addSuppressed(stays);
    }
  }

  private static String kind(Path file) {
    if (Files.isSymbolicLink(file)) {
      return "a symbolic link";
    }
    return Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? "a folder" : "a device or pipe";
  }

  /// Leaves out the temporary name, which means nothing to anybody.
  private static String reason(IOException fault, Path next) {
    var said = SyncException.describe(fault);
    return said.startsWith(next.toString()) ? said.replaceFirst("^.*?(: |$)", "") : said;
  }
}
