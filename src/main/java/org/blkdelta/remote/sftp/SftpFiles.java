package org.blkdelta.remote.sftp;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import org.apache.sshd.sftp.client.SftpClient.Attribute;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.SshConnection;
import org.blkdelta.remote.SshOptions;

/// The files of another machine, over SFTP: by name as [Path]s, by content as [Disk]s. They are
/// only read. Any threads may use it; closing it ends the connection, and all that came of it.
///
/// If the connection is lost, whatever is under way or begins later fails with a
/// [SourceException] that names the host; but `Files.exists` and the like say "no" then, as they do
/// for every fault.
public final class SftpFiles implements Closeable {

  private final SshConnection connection;
  private final SftpChannel channel;
  private final SftpNames names;

  private SftpFiles(SshConnection connection, SftpChannel channel) throws IOException {
    this.connection = connection;
    this.channel = channel;
    this.names = new SftpNames(channel);
  }

  /// Connects to a host, logs in and starts its SFTP server.
  ///
  /// Only the built-in SSH client can do this.
  ///
  /// @throws org.blkdelta.failure.UsageException if the options name another SSH client, or the
  ///     host's configuration needs one
  /// @throws org.blkdelta.failure.ConnectionException if the host cannot be reached, verified or
  ///     logged in to, or has no SFTP server for this account
  public static SftpFiles connect(Host host, SshOptions options, Questions questions)
      throws SyncException {
    return connect(host, options, questions, SftpChannel.PATIENCE);
  }

  /// Connects, and waits less long for answers.
  static SftpFiles connect(Host host, SshOptions options, Questions questions, Duration patience)
      throws SyncException {
    var connection = SshConnection.forFiles(host, options, questions);
    try {
      return new SftpFiles(connection, SftpChannel.open(connection, questions::tell, patience));
    } catch (SyncException | RuntimeException e) {
      connection.close();
      throw e;
    } catch (IOException e) {
      connection.close();
      throw new SourceException(SyncException.describe(e), e);
    }
  }

  /// Returns a path there. A relative one begins where the account's sessions do, mostly in its
  /// home directory.
  ///
  /// `java.nio.file.Files` reads its attributes, and fails as for files here, but naming the host:
  /// by [java.nio.file.NoSuchFileException] or [java.nio.file.AccessDeniedException]. `toRealPath`
  /// is the server's word, and follows all links. `Files.isSameFile` is not to be used: it compares
  /// names only.
  public Path path(String name) {
    return names.getPath(name);
  }

  /// Opens a file there, whose size stays what it is now. It is named `host:path`. Whoever opens it
  /// closes it.
  ///
  /// @param file a path of [#path(String)], or made of one
  /// @throws SourceException if it is no regular file
  /// @throws IOException if it does not exist or may not be read
  public Disk open(Path file) throws IOException {
    if (file.getFileSystem() != names) {
      throw new IllegalArgumentException(file + " is a path of another machine");
    }
    var client = new SftpMetadata(channel);
    var name = channel.nameOf(file.toString());
    sizeOf(name, client.stat(file.toString())); // opening a pipe would wait for a writer
    var handle = client.open(file.toString(), EnumSet.of(OpenMode.Read));
    try {
      return new SftpDisk(name, sizeOf(name, client.stat(handle)), channel, handle);
    } catch (IOException | RuntimeException e) {
      handle.close();
      throw e;
    }
  }

  @Override
  public void close() {
    connection.close();
  }

  private static long sizeOf(String name, Attributes attributes) throws SourceException {
    if (!attributes.isRegularFile()) {
      throw new SourceException(name + ": this is not a regular file; name a file");
    }
    long size = attributes.getSize();
    if (!attributes.getFlags().contains(Attribute.Size) || size < 0) {
      throw new SourceException(name + ": sftp: the server does not say its size");
    }
    return size;
  }
}
