package org.blkdelta.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A lock that the runs of this program on one host take in turn, with a note to the next one that
/// stays where its holder is killed. Both are gone after a reboot.
public final class RunLock implements Closeable {

  private final ExclusiveHold hold;
  private final Path note;

  private RunLock(ExclusiveHold hold, Path note) {
    this.hold = hold;
    this.note = note;
  }

  /// Takes the lock, or returns empty where another run has it.
  ///
  /// @param folder where lock and note are; only root may write there. It is made where it is
  ///     missing
  /// @param name names the thing that is locked
  public static Optional<RunLock> take(Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    var file = folder.resolve(name + ".lock");
    try {
      Files.createFile(file);
    } catch (FileAlreadyExistsException fromEarlierRuns) {
      // it is never deleted: another run may be about to lock it
    }
    return ExclusiveHold.of(file).map(hold -> new RunLock(hold, folder.resolve(name + ".note")));
  }

  /// Returns whether another run has the lock. Nothing is made or locked for that.
  ///
  /// @param folder where lock and note are, if there are any
  public static boolean isTaken(Path folder, String name) throws IOException {
    var file = folder.resolve(name + ".lock");
    if (!Files.exists(file)) {
      return false;
    }
    try (var lock = NativeFile.forReading(file)) {
      return lock.isLocked();
    }
  }

  /// Returns what the last holder left.
  public Optional<String> note() throws IOException {
    return Files.exists(note) ? Optional.of(Files.readString(note)) : Optional.empty();
  }

  /// Leaves a note, in the place of an older one.
  public void leave(String text) throws IOException {
    Files.writeString(note, text);
  }

  /// Takes the note away.
  public void clear() throws IOException {
    Files.deleteIfExists(note);
  }

  @Override
  public void close() throws IOException {
    hold.close();
  }
}
