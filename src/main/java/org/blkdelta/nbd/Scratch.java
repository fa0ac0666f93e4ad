package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.ImageMaker;
import org.blkdelta.linux.RunLock;

/// The folder of one round: QEMU puts there what the guest overwrites meanwhile, and listens there.
/// Only this user and QEMU's can open it. As long as the round goes on, its lock is held: so the
/// next run knows whether one that left something in QEMU is still at work.
final class Scratch implements Closeable {

  /// So much has to be free in the file system, to begin and at any time.
  static final long MIN_FREE = 256L << 20;

  private static final String PREFIX = "blkdelta-qmp-";
  private static final String LOCK = "round";
  private static final String OVERLAY = "overlay.qcow2";
  private static final String SOCKET = "nbd";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final QmpUri uri;
  private final Path folder;
  private Optional<RunLock> lock = Optional.empty();

  /// Creates one that is not there yet.
  ///
  /// @param id no other round has it
  Scratch(QmpUri uri, String id) {
    this.uri = uri;
    this.folder = uri.scratch().resolve(prefix(uri) + id);
  }

  /// Makes the folder, with an empty overlay in it. If that fails, what there is of it is for
  /// [#remove].
  ///
  /// @param size of the disk, in bytes
  /// @throws RefusedException if it can't be made, or there is too little room for it
  void make(long size) throws IOException {
    try {
      checkRoom(size);
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      lock = RunLock.take(folder, LOCK);
      if (lock.isEmpty()) {
        throw new IOException("is locked");
      }
      ImageMaker.make(overlay(), "qcow2", size);
      share();
    } catch (SyncException told) {
      throw told;
    } catch (NoSuchFileException missing) {
      throw unmade("there is no such folder", missing);
    } catch (IOException fault) {
      throw unmade(SyncException.describe(fault), fault);
    }
  }

  /// Returns whether the round of an overlay is still going on.
  static boolean isLive(Path overlay) throws IOException {
    var folder = overlay.getParent();
    return folder != null && isOurs(folder) && RunLock.isTaken(folder, LOCK);
  }

  /// Returns whether QEMU listens in the folder of an overlay.
  static boolean isServed(Path overlay) {
    var socket = overlay.resolveSibling(SOCKET);
    if (!Files.exists(socket)) {
      return false;
    }
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException nobody) {
      return false;
    }
  }

  /// Removes the folder of an overlay that no run uses any more.
  static void remove(Path overlay) throws IOException {
    var folder = overlay.getParent();
    if (folder == null || !isOurs(folder)) {
      return;
    }
    for (var name : List.of(OVERLAY, SOCKET, LOCK + ".lock")) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Files.deleteIfExists(folder);
  }

  /// Removes what runs for the same QEMU left that were killed, or whose QEMU ended.
  ///
  /// @param used overlays that QEMU has open
  static void sweep(QmpUri uri, Collection<Path> used) throws IOException {
    if (!Files.isDirectory(uri.scratch())) {
      return; // whoever makes one there says so
    }
    try (var folders = Files.newDirectoryStream(uri.scratch(), prefix(uri) + "*")) {
      for (var folder : folders) {
        var overlay = folder.resolve(OVERLAY);
        if (!used.contains(overlay) && isTrusted(folder, uri) && !isLive(overlay)) {
          remove(overlay);
        }
      }
    }
  }

  /// Returns how the folders' names begin that are for the same monitor.
  private static String prefix(QmpUri uri) {
    return PREFIX + "%08x-".formatted(uri.socket().toString().hashCode());
  }

  /// Others may write to the folder for temporary files.
  private static boolean isTrusted(Path folder, QmpUri uri) throws IOException {
    var owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS);
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        && (owner.equals(Files.getOwner(Path.of("/proc/self")))
            || owner.equals(Files.getOwner(uri.socket())));
  }

  /// Returns where QEMU notes what the guest overwrites.
  Path overlay() {
    return folder.resolve(OVERLAY);
  }

  /// Returns where QEMU listens.
  Path socket() {
    return folder.resolve(SOCKET);
  }

  /// Returns how much room is left, in bytes.
  long free() throws IOException {
    return Files.getFileStore(folder).getUsableSpace();
  }

  /// Removes it: QEMU has nothing there any more.
  void remove() throws IOException {
    remove(overlay());
  }

  /// Lets the next run see that this one has ended.
  @Override
  public void close() throws IOException {
    if (lock.isPresent()) {
      lock.get().close();
    }
  }

  private static boolean isOurs(Path folder) {
    var name = folder.getFileName();
    return name != null && name.toString().startsWith(PREFIX);
  }

  private void checkRoom(long size) throws IOException {
    long free = Files.getFileStore(uri.scratch()).getUsableSpace();
    if (free < Math.min(2 * MIN_FREE, size + MIN_FREE)) {
      throw new RefusedException(
          "%s: has %s free for what the guest overwrites meanwhile, and when that is full, the guest's writes fail; name a folder with more room: scratch=FOLDER in %s"
              .formatted(uri.scratch(), Sizes.binary(free), uri.text()));
    }
  }

  /// Lets QEMU open it, if that runs as another user.
  private void share() throws IOException {
    var owner = Files.getOwner(uri.socket());
    if (!owner.equals(Files.getOwner(folder))) {
      Files.setOwner(overlay(), owner);
      Files.setOwner(folder, owner);
    }
  }

  private RefusedException unmade(String why, IOException fault) {
    return new RefusedException(
        "%s: no scratch folder can be made there: %s; name one that can be written: scratch=FOLDER in %s"
            .formatted(uri.scratch(), why, uri.text()),
        fault);
  }
}
