package org.blkdelta.compat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Consumer;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.DeviceNumber;

/// A delta that may come through a pipe. Its tables say where in it the grains are, so it is read
/// here and there: a pipe's content is kept in a file of the owner's first, which is deleted when
/// this is closed.
///
/// @param file where the delta can be read
/// @param isKept whether that is a file of ours
record PipedDelta(Path file, boolean isKept) implements Closeable {

  /// Returns a delta, when all that comes through a pipe has come.
  ///
  /// @param folder where a file can be made that is as large as the delta
  /// @param told what goes on
  static PipedDelta of(Path delta, Path folder, Consumer<String> told) throws IOException {
    if (!isPipe(delta)) {
      return new PipedDelta(delta, false);
    }
    var name = Printable.of(delta.toString());
    told.accept("%s: comes through a pipe; kept in %s meanwhile".formatted(name, folder));
    try {
      var kept = Files.createTempFile(folder, "blkdelta-", ".vmdk");
      kept.toFile().deleteOnExit(); // a signal may end the program
      fill(kept, delta);
      return new PipedDelta(kept, true);
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

  private static void fill(Path kept, Path pipe) throws IOException {
    try (var from = Files.newInputStream(pipe);
        var to = Files.newOutputStream(kept)) {
      from.transferTo(to);
    } catch (IOException fault) {
      Files.deleteIfExists(kept);
      throw fault;
    }
  }

  @Override
  public void close() throws IOException {
    if (isKept) {
      Files.deleteIfExists(file);
    }
  }
}
