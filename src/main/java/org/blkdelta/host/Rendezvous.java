package org.blkdelta.host;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Where processes of one user on this host meet: a socket in a folder that only that user can look
/// into, under a name that others cannot guess before it is made.
public final class Rendezvous implements Closeable {

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final Path folder;
  private final ServerSocketChannel server;
  private final List<SocketChannel> guests = new ArrayList<>();

  private Rendezvous(Path folder, ServerSocketChannel server) {
    this.folder = folder;
    this.server = server;
  }

  /// Opens one in a folder for temporary files.
  ///
  /// @param name a random one
  /// @param joined is given what each process that joins writes, by another thread
  public static Rendezvous open(Path temporary, String name, Consumer<InputStream> joined)
      throws IOException {
    var folder = folder(temporary, name);
    Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
    try {
      var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      var rendezvous = new Rendezvous(folder, server);
      server.bind(UnixDomainSocketAddress.of(socket(folder)));
      Thread.ofPlatform().daemon().name("rendezvous").start(() -> rendezvous.accept(joined));
      return rendezvous;
    } catch (IOException | RuntimeException fault) {
      Files.delete(folder);
      throw fault;
    }
  }

  /// Joins one that was opened by the same user; the caller closes the stream.
  ///
  /// @throws NoSuchFileException where there is none, or not yet
  /// @throws IOException where it is another user's
  public static OutputStream join(Path temporary, String name) throws IOException {
    var folder = folder(temporary, name);
    if (!isPrivate(folder)) {
      throw new IOException(folder + ": is not only ours");
    }
    var socket = socket(folder);
    if (Files.notExists(socket)) {
      throw new NoSuchFileException(socket.toString());
    }
    return Channels.newOutputStream(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  /// Lets nobody join any more, and takes the socket away. Who has joined is cut off.
  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket(folder));
    Files.deleteIfExists(folder);
    synchronized (guests) {
      for (var guest : guests) {
        guest.close();
      }
    }
  }

  private void accept(Consumer<InputStream> joined) {
    try {
      while (true) {
        var guest = server.accept();
        synchronized (guests) {
          guests.add(guest);
        }
        joined.accept(Channels.newInputStream(guest));
      }
    } catch (ClosedChannelException over) {
      // as it should
    } catch (IOException fault) {
      // nobody can join any more; whoever wants to is told by that
    }
  }

  /// Our own folder, and not what somebody else has put in its place: the kernel lets nobody but us
  /// look into it.
  private static boolean isPrivate(Path folder) throws IOException {
    var is = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return is.isDirectory()
        && is.owner().equals(Files.getOwner(Path.of("/proc/self")))
        && is.permissions().equals(PRIVATE);
  }

  private static Path folder(Path temporary, String name) {
    return temporary.resolve("blkdelta-" + name);
  }

  private static Path socket(Path folder) {
    return folder.resolve("socket");
  }
}
