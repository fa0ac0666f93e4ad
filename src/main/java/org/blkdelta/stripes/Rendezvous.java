package org.blkdelta.stripes;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.blkdelta.linux.ExclusiveHold;

/// Where processes of one user on this host meet: a socket in a folder that only that user can look
/// into, under a name that others cannot guess before it is made.
public final class Rendezvous implements Closeable {

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private static final String BEGINNING = "blkdelta-";

  /// A folder without a lock that is younger may be about to get one.
  private static final Duration YOUTH = Duration.ofMinutes(1);

  private final Path folder;
  private final ExclusiveHold hold;
  private final ServerSocketChannel server;
  private final List<SocketChannel> guests = new ArrayList<>();

  private Rendezvous(Path folder, ExclusiveHold hold, ServerSocketChannel server) {
    this.folder = folder;
    this.hold = hold;
    this.server = server;
  }

  /// Opens one in a folder of the user's own, and removes those that were left there by processes
  /// that were killed.
  ///
  /// @param name a random one
  /// @param joined is given what each process that joins writes, by another thread
  public static Rendezvous open(Path temporary, String name, Consumer<InputStream> joined)
      throws IOException {
    clear(temporary);
    var folder = folder(temporary, name);
    Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
    try {
      var hold = ExclusiveHold.of(Files.createFile(lock(folder))).orElseThrow();
      var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      var rendezvous = new Rendezvous(folder, hold, server);
      server.bind(UnixDomainSocketAddress.of(socket(folder)));
      Thread.ofPlatform().daemon().name("rendezvous").start(() -> rendezvous.accept(joined));
      return rendezvous;
    } catch (IOException | RuntimeException fault) {
      delete(folder);
      throw fault;
    }
  }

  /// Joins one that was opened by the same user, and waits until it knows of that; the caller
  /// closes the channel, whose input ends if the other process does.
  ///
  /// @throws NoSuchFileException if there is none, or not yet
  /// @throws IOException if it is another user's
  public static SocketChannel join(Path temporary, String name) throws IOException {
    var folder = folder(temporary, name);
    if (!isPrivate(folder)) {
      throw new IOException(folder + ": is not only ours");
    }
    var socket = socket(folder);
    if (Files.notExists(socket)) {
      throw new NoSuchFileException(socket.toString());
    }
    var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    if (channel.read(ByteBuffer.allocate(1)) != 1) {
      channel.close();
      throw new EOFException(socket + ": closed before we were let in");
    }
    return channel;
  }

  /// Lets nobody join any more, and takes the socket away. Who has joined is cut off.
  @Override
  public void close() throws IOException {
    server.close();
    delete(folder);
    hold.close();
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
        letIn(guest);
      }
    } catch (ClosedChannelException over) {
      // as it should
    } catch (IOException fault) {
      // nobody can join any more; whoever wants to is told by that
    }
  }

  private static void clear(Path temporary) throws IOException {
    try (var left = Files.newDirectoryStream(temporary, BEGINNING + "*")) {
      for (var folder : left) {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && isDead(folder)) {
          delete(folder);
        }
      }
    }
  }

  /// The kernel lets go of the lock whatever ends its holder.
  private static boolean isDead(Path folder) throws IOException {
    try {
      var hold = ExclusiveHold.of(lock(folder));
      if (hold.isPresent()) {
        hold.get().close();
      }
      return hold.isPresent();
    } catch (IOException none) {
      return isOld(folder);
    }
  }

  private static boolean isOld(Path folder) throws IOException {
    try {
      var made = Files.getLastModifiedTime(folder, LinkOption.NOFOLLOW_LINKS).toInstant();
      return Files.notExists(lock(folder)) && made.isBefore(Instant.now().minus(YOUTH));
    } catch (NoSuchFileException gone) {
      return false; // another one has cleared it
    }
  }

  private static void delete(Path folder) throws IOException {
    Files.deleteIfExists(socket(folder));
    Files.deleteIfExists(lock(folder));
    Files.deleteIfExists(folder);
  }

  /// Tells a guest that it is heard from now on. One that has left is heard to have left.
  private static void letIn(SocketChannel guest) {
    try {
      guest.write(ByteBuffer.allocate(1));
    } catch (IOException left) {
      // as above
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
    return temporary.resolve(BEGINNING + name);
  }

  private static Path lock(Path folder) {
    return folder.resolve("lock");
  }

  private static Path socket(Path folder) {
    return folder.resolve("socket");
  }
}
