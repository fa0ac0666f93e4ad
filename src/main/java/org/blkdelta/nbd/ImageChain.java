package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.ImageServer.Layer;

/// A disk image and what it stands on. A header names its backing file, and so decides what root
/// reads and sends away: that must lie beside the image, and be of a format that is told.
///
/// @param links newest first
record ImageChain(List<Link> links) {

  /// An image of a chain.
  ///
  /// @param size of its disk in bytes; negative if only QEMU knows
  record Link(String format, Path file, long size) {}

  private static final int MAX_LINKS = 256;
  private static final int MAX_SHOWN = 100;

  /// QEMU takes what comes before a colon in the first part of a name for a protocol.
  private static final Pattern PROTOCOL = Pattern.compile("[^/]*:.*", Pattern.DOTALL);

  ImageChain {
    links = List.copyOf(links);
  }

  /// Follows an image down.
  ///
  /// @param allowOutside whether a backing file may lie outside of the image's folder
  static ImageChain of(Path file, ImageKind kind, boolean allowOutside) throws IOException {
    var absolute = file.toAbsolutePath();
    var folder = file.toRealPath().resolveSibling("");
    var links = new ArrayList<Link>();
    if (kind == ImageKind.VHD) {
      try (var disk = opened(file)) {
        ImageKind.checkAlone(disk, file.toString());
      }
    }
    if (kind != ImageKind.QCOW2) {
      return new ImageChain(List.of(new Link(kind.format(), absolute, -1)));
    }
    for (var next = absolute; ; ) {
      var header = header(next);
      links.add(new Link("qcow2", next, header.size()));
      if (header.backing().isEmpty()) {
        return new ImageChain(links);
      }
      if (links.size() == MAX_LINKS) {
        throw new SourceException(
            "%s: stands on more than %d others, or on itself; see: qemu-img info --backing-chain"
                .formatted(file, MAX_LINKS));
      }
      var format = format(header, next);
      next = backing(header.backing().get(), next, folder, allowOutside);
      if (format.equals("raw")) {
        links.add(new Link(format, next, size(next)));
        return new ImageChain(links);
      }
    }
  }

  /// Returns it as QEMU is told of it.
  List<Layer> layers() {
    return links.stream().map(link -> new Layer(link.format(), link.file())).toList();
  }

  private static QcowHeader header(Path file) throws IOException {
    try (var disk = opened(file)) {
      if (ImageKind.of(disk).filter(kind -> kind == ImageKind.QCOW2).isEmpty()) {
        throw new SourceException(
            file + ": should be a qcow2 image, as what stands on it says, and is none");
      }
      return QcowHeader.of(disk, file.toString());
    }
  }

  private static long size(Path file) throws IOException {
    try (var disk = opened(file)) {
      return disk.size();
    }
  }

  private static Disk opened(Path file) throws IOException {
    try {
      return FileDisk.forReading(file);
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  private static String format(QcowHeader header, Path file) throws SourceException {
    var format = header.backingFormat().orElse("");
    if (!format.equals("qcow2") && !format.equals("raw")) {
      throw new SourceException(
          "%s: %s; serve it yourself if you trust it (qemu-nbd --read-only --format=qcow2), or say its format: qemu-img rebase -u -f qcow2 -b BACKING -F FORMAT FILE"
              .formatted(
                  file,
                  format.isEmpty()
                      ? "does not say of which format its backing file is, and a guess lets a guest choose what is read"
                      : "its backing file is said to be \""
                          + Printable.of(format, MAX_SHOWN)
                          + "\", and only qcow2 and raw are read here"));
    }
    return format;
  }

  private static Path backing(String name, Path image, Path folder, boolean allowOutside)
      throws IOException {
    var shown = Printable.of(name, MAX_SHOWN);
    if (PROTOCOL.matcher(name).matches() || name.indexOf('\0') >= 0) {
      throw new SourceException(
          "%s: its backing file is \"%s\", which is not a path; serve it yourself if you trust it: qemu-nbd --read-only --format=qcow2"
              .formatted(image, shown));
    }
    Path file;
    try {
      file = image.resolveSibling(name);
    } catch (InvalidPathException unnamed) {
      throw new SourceException(
          image + ": its backing file cannot be named here: " + shown, unnamed);
    }
    if (!Files.exists(file)) {
      throw new SourceException(
          "%s: its backing file \"%s\" is not there; copy it there".formatted(image, shown));
    }
    if (!allowOutside && !file.toRealPath().startsWith(folder)) {
      throw new SourceException(
          "%s: its backing file \"%s\" lies outside of the image's folder; if you trust the image: --allow-outside"
              .formatted(image, shown));
    }
    return file.toRealPath();
  }
}
