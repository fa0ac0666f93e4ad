package org.blkdelta.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import org.blkdelta.failure.SyncException;

/// A file of lines that only grows. A line is durable when [#append] returns. A line that a power
/// cut tore is not read, and the next one takes its place. Only its owner may read the file.
public final class DurableLog implements Closeable {

  /// More than any log of ours needs.
  private static final int MAX_BYTES = 64 << 20;

  private final Path file;
  private final FileChannel channel;

  private DurableLog(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Returns the whole lines of a file, none if there is no file.
  ///
  /// @throws IOException that names the file, also if somebody else can have written it
  public static List<String> read(Path file) throws IOException {
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try {
      var text = new String(TrustedFile.read(file, MAX_BYTES), UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException fault) {
      throw new IOException(file + ": " + SyncException.describe(fault), fault);
    }
  }

  /// Opens a file to write more lines, and makes it if there is none. Its folder exists. The caller
  /// closes it.
  public static DurableLog open(Path file) throws IOException {
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      DurableFile.create(file).close();
    }
    long whole = 0;
    for (var line : read(file)) {
      whole += line.getBytes(UTF_8).length + 1L;
    }
    var options = Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    var channel = FileChannel.open(file, options);
    try {
      channel.truncate(whole).position(whole);
      return new DurableLog(file, channel);
    } catch (IOException fault) {
      channel.close();
      throw fault;
    }
  }

  /// Writes a line, durably when this returns. What is written of one that can't be is taken back.
  ///
  /// @param line without its end
  public void append(String line) throws IOException {
    var bytes = ByteBuffer.wrap((line + "\n").getBytes(UTF_8));
    long before = channel.position();
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } catch (IOException fault) {
      var told = new IOException(file + ": " + SyncException.describe(fault), fault);
      try {
        channel.truncate(before).position(before);
      } catch (IOException stays) {
        told.addSuppressed(stays); // a line that was torn is not read
      }
      throw told;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
