package org.blkdelta.compat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.ForwardingDisk;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.DeviceNumber;

/// A delta that may come through a pipe. Its tables say where in it the grains are, so it is read
/// here and there: a pipe's content is kept in a file first, in a folder of its own that nobody
/// else can enter, and both are deleted when this is closed.
///
/// @param file where the delta can be read
/// @param pipe where it came from, if that is a file of ours
record PipedDelta(Path file, Optional<Path> pipe) implements Closeable {

  /// Returns a delta, when all that comes through a pipe has come.
  ///
  /// @param folder where a file can be made that is as large as the delta
  /// @param told what goes on
  static PipedDelta of(Path delta, Path folder, Consumer<String> told) throws IOException {
    if (!isPipe(delta)) {
      return new PipedDelta(delta, Optional.empty());
    }
    var name = Printable.of(delta.toString());
    told.accept("%s: comes through a pipe; kept in %s meanwhile".formatted(name, folder));
    try {
      var own = Files.createTempDirectory(folder, "blkdelta-");
      var piped = new PipedDelta(own.resolve("delta.vmdk"), Optional.of(delta));
      own.toFile().deleteOnExit(); // a signal may end the program
      piped.file().toFile().deleteOnExit();
      piped.fill();
      return piped;
    } catch (IOException fault) {
      throw new SourceException(
          "%s: cannot be kept in %s: %s; name a folder with more room by TMPDIR, or copy the delta into a file"
              .formatted(name, folder, SyncException.describe(fault)),
          fault);
    }
  }

  /// Returns where programs keep what is large: the variable TMPDIR says so, or it is `/var/tmp`.
  static Path usualFolder() {
    var named = System.getenv("TMPDIR");
    return Path.of(named == null || named.isEmpty() ? "/var/tmp" : named);
  }

  private static boolean isPipe(Path delta) throws IOException {
    return Files.exists(delta)
        && Files.readAttributes(delta, BasicFileAttributes.class).isOther()
        && DeviceNumber.of(delta).isEmpty();
  }

  private void fill() throws IOException {
    try (var from = Files.newInputStream(pipe.orElseThrow());
        var to = Files.newOutputStream(file)) {
      from.transferTo(to);
    } catch (IOException fault) {
      close();
      throw fault;
    }
  }

  /// Opens a file of the delta for reading; one from a pipe is called as the pipe is. The caller
  /// closes it.
  Disk open(Path any) throws IOException {
    var disk = FileDisk.withHoles(any);
    return pipe.isPresent() ? named(disk, pipe.get()) : disk;
  }

  private static Disk named(Disk disk, Path pipe) {
    return new ForwardingDisk(disk) {
      @Override
      public String name() {
        return pipe.toString();
      }
    };
  }

  @Override
  public void close() throws IOException {
    if (pipe.isPresent()) {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.resolveSibling(""));
    }
  }
}
