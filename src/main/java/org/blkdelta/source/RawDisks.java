package org.blkdelta.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;

/// Holds what is to be read or written as a raw disk against what it is: a container's bytes are
/// not those of the disk in it, and writing to one as to a raw disk destroys it.
public final class RawDisks {

  private RawDisks() {}

  /// Checks what a source is.
  ///
  /// @param disk its bytes
  /// @param path where it is
  /// @param insisting the option that takes it as it is
  /// @throws SourceException when it is empty, or is not a raw disk
  public static void checkSource(Disk disk, Path path, String insisting) throws IOException {
    checkNotEmpty(disk);
    var found = Format.of(disk);
    if (found.isPresent()) {
      throw new SourceException(
          "%s: is %s, not a raw disk; %s; to take its bytes as they are: %s"
              .formatted(
                  path, found.get().words(), found.get().asSource(path.toString()), insisting));
    }
    var promised = promised(path);
    if (promised.isPresent()) {
      throw new SourceException(
          "%s: is not %s, though its name says so; fetch the file again, or rename it if it is a raw disk, or take its bytes as they are: %s"
              .formatted(path, promised.get().words(), insisting));
    }
  }

  /// Checks what an NBD server serves. The name of an export promises nothing.
  ///
  /// @param disk its bytes
  /// @param insisting the option that takes it as it is
  /// @throws SourceException when it is empty, or is not a raw disk
  public static void checkExport(Disk disk, String insisting) throws IOException {
    checkNotEmpty(disk);
    var found = Format.of(disk);
    if (found.isPresent()) {
      throw new SourceException(
          "%s: what is served is %s, not a raw disk; have the server open the image by its format (qemu-nbd --format), or take its bytes as they are: %s"
              .formatted(disk.name(), found.get().words(), insisting));
    }
  }

  /// Checks that a source has any bytes.
  ///
  /// @throws SourceException when it has none
  public static void checkNotEmpty(Disk disk) throws SourceException {
    if (disk.size() == 0) {
      throw new SourceException(disk.name() + ": is empty (0 bytes); name a disk that has content");
    }
  }

  /// Checks what a destination holds.
  ///
  /// @param disk its bytes
  /// @param path where it is, as the user named it
  /// @param insisting the option that takes it as it is
  /// @throws RefusedException when it is not a raw disk
  public static void checkDestination(Disk disk, Path path, String insisting) throws IOException {
    var found = Format.of(disk);
    if (found.isPresent()) {
      throw new RefusedException(
          "%s: holds %s, not a raw disk; %s; to overwrite it: %s"
              .formatted(
                  path,
                  found.get().words(),
                  found.get().asDestination(path.toString()),
                  insisting));
    }
    checkName(path, insisting);
  }

  /// Checks what an NBD server serves that is to be written. The name of an export promises
  /// nothing.
  ///
  /// @param disk its bytes
  /// @param insisting the option that takes it as it is
  /// @throws RefusedException when it is not a raw disk
  public static void checkExportDestination(Disk disk, String insisting) throws IOException {
    var found = Format.of(disk);
    if (found.isPresent()) {
      throw new RefusedException(
          "%s: what is served is %s, not a raw disk; have the server open the image by its format (qemu-nbd --format); to overwrite it: %s"
              .formatted(disk.name(), found.get().words(), insisting));
    }
  }

  /// Checks what the name of a destination promises that is to become a raw disk.
  ///
  /// @throws RefusedException when it promises something else
  public static void checkName(Path path, String insisting) throws RefusedException {
    var promised = promised(path);
    if (promised.isPresent()) {
      throw new RefusedException(
          "%s: would be a raw disk, and its name says that it is %s; %sname it otherwise, for example %s.img, or insist: %s"
              .formatted(
                  path,
                  promised.get().words(),
                  promised.get().isImage() ? "have an image made (--create --format), or " : "",
                  path,
                  insisting));
    }
  }

  /// Returns what the name of a file promises that is to be a raw disk; empty when it promises
  /// none. Only of files: a volume may be called anything.
  public static Optional<Format> promised(Path path) {
    var name = path.getFileName();
    boolean isFile = Files.notExists(path) || Files.isRegularFile(path);
    return isFile && name != null ? Format.promisedBy(name.toString()) : Optional.empty();
  }
}
