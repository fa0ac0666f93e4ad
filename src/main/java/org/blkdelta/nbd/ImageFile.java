package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.ImageMaker;
import org.blkdelta.host.ImageServer;
import org.blkdelta.host.ImageServer.Layer;

/// The file of a disk image as a destination. A `qemu-nbd` of our own opens it, by its format, and
/// nothing that it names. QEMU locks it: an image that a VM has open is refused.
///
/// @param file as the user named it
public record ImageFile(Path file, ImageKind kind) {

  /// Returns what a file is by its bytes, if it is one of the images that are opened here.
  public static Optional<ImageFile> of(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (var disk = FileDisk.forReading(file)) {
      return ImageKind.of(disk).map(kind -> new ImageFile(file, kind));
    }
  }

  /// Makes the file, which does not exist, and an empty image in it.
  ///
  /// @param size of the disk in it, in bytes
  /// @throws RefusedException if that fails; there is no file then
  public void make(long size) throws IOException {
    checkPrograms();
    try {
      ImageMaker.make(file.toAbsolutePath(), kind.format(), size);
    } catch (IOException fault) {
      throw new RefusedException(
          SyncException.describe(fault) + "; the image cannot be created", fault);
    }
  }

  /// Checks that what opens and makes images is there.
  public void checkPrograms() throws RefusedException {
    if (!ImageServer.isInstalled() || !ImageMaker.isInstalled()) {
      throw absent(ImageServer.isInstalled() ? "qemu-img" : "qemu-nbd");
    }
  }

  /// Opens it for writing; the caller closes it.
  ///
  /// @throws RefusedException if it is in use, damaged, or of a kind that is not written here
  public WritableExport openForWriting() throws IOException {
    checkWritable();
    return served(ImageServer.startWriting(new Layer(kind.format(), file.toRealPath())));
  }

  /// Opens it, and what it stands on, for reading; the caller closes it.
  ///
  /// @throws RefusedException if it is in use, damaged, or of a kind that is not read here
  public WritableExport openForReading() throws IOException {
    try {
      return served(ImageServer.start(ImageChain.of(file, kind, false).layers()));
    } catch (SourceException told) {
      throw new RefusedException(String.valueOf(told.getMessage()), told);
    }
  }

  private WritableExport served(Optional<ImageServer> started) throws IOException {
    var server = started.orElseThrow(() -> absent("qemu-nbd"));
    return new Startup(server, file, kind, Side.DESTINATION)
        .connected(uri -> WritableExport.connect(uri, server::finish));
  }

  /// Checks what an image is that is to be written in place. Its internal snapshots stay what they
  /// are, and its bitmaps note what is written: QEMU sees to both.
  public void checkWritable() throws IOException {
    try (var disk = FileDisk.forReading(file)) {
      if (kind == ImageKind.VHD) {
        ImageKind.checkAlone(disk, file.toString());
      }
      if (kind == ImageKind.QCOW2) {
        check(QcowHeader.checked(disk, file.toString()));
      }
    } catch (SourceException told) {
      throw new RefusedException(String.valueOf(told.getMessage()), told);
    }
  }

  private void check(QcowHeader header) throws RefusedException {
    if (header.backing().isPresent()) {
      throw new RefusedException(
          "%s: stands on a backing file, so it would become what no VM expects of it; name an image that stands on none, or serve it yourself: qemu-nbd --format=qcow2"
              .formatted(file));
    }
    if (header.isDirty()) {
      throw new RefusedException(
          "%s: was not closed by what wrote to it last; end that, and see what is wrong: qemu-img check -f qcow2 -r all FILE"
              .formatted(file));
    }
  }

  private RefusedException absent(String program) {
    return new RefusedException(
        "%s: is %s, which is written by way of %s, and that is not here; install it (Debian: qemu-utils, Fedora: qemu-img)"
            .formatted(file, kind.words(), program));
  }
}
