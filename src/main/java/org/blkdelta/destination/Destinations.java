package org.blkdelta.destination;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.sync.Destination;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.StreamWriter;

/// The destinations of this host, and all that is done around their writing.
///
/// @param memory what the host remembers of them
/// @param warnings told what is worth knowing, and does not stop a run
/// @param ask puts a question of a destination to whoever sits at the terminal, if anybody does
public record Destinations(
    StateStore memory, Consumer<String> warnings, BiPredicate<Path, String> ask) {

  private static final Path PROC = Path.of("/proc");
  private static final Path SYS = Path.of("/sys");

  /// Returns a destination whose state is remembered, and what is overwritten is saved if the
  /// treatment says so.
  public Destination of(Path path, Treatment treatment) {
    return of(path, treatment, treatment.undo(), FrameWriter::new);
  }

  /// Returns a destination whose state is remembered.
  ///
  /// @param undo a new file where what is overwritten is saved, in any format
  /// @param format writes the undo
  public Destination of(
      Path path,
      Treatment treatment,
      Optional<Path> undo,
      Function<OutputStream, StreamWriter> format) {
    var run = UUID.randomUUID().toString();
    var local =
        new LocalDestination(
            path,
            treatment,
            warnings,
            opened -> Provenance.whyForeign(opened, memory),
            question -> ask.test(path, question));
    boolean saves = treatment.undo().isPresent();
    var remembered = new Remembered(path, run, saves, memory, treatment.base(), local, warnings);
    return undo.isEmpty() ? remembered : new Undo(undo.get(), run, format, remembered);
  }

  /// Opens a destination for reading what is on its medium, whoever uses it; the caller closes it.
  ///
  /// @throws org.blkdelta.failure.RefusedException if it is not there, cannot be read, or is the
  ///     source itself
  public Disk openForComparing(Path path, Treatment treatment, StreamHeader header)
      throws IOException {
    return new LocalDestination(
            path, treatment, warnings, opened -> Optional.empty(), question -> false)
        .openForComparing(header);
  }

  /// Remembers that a destination is not what was written to it, and is incomplete therefore.
  public void doubt(Path path) {
    try {
      for (var identity : Provenance.identities(path)) {
        if (memory.knows(identity)) {
          var known = memory.recall(identity, warnings);
          var state = known.map(StateFile::state).orElse(DestinationState.UNKNOWN);
          memory.remember(identity, path, state.doubted(), Optional.empty());
        }
      }
    } catch (IOException fault) {
      warnings.accept(
          "%s: can't save this destination's state, which is incomplete: %s"
              .formatted(path, SyncException.describe(fault)));
    }
  }

  /// Returns what is remembered of a destination, or of what was at its path before.
  public List<StateStore.Entry> remembered(Path path) throws IOException {
    return memory.about(path, Provenance.identities(path));
  }

  /// Returns whether what was noted of a destination is of what is at a path.
  public static boolean isAt(Path path, StateFile noted) throws IOException {
    return Provenance.identities(path).contains(noted.destination());
  }

  /// Returns a destination's size in bytes, or -1 if there is none yet that can be opened.
  public static long size(Path path) {
    try {
      if (!Files.isRegularFile(path) && DeviceNumber.of(path).isEmpty()) {
        return -1; // opening a pipe would wait for its writer
      }
    } catch (IOException absent) {
      return -1;
    }
    try (var disk = FileDisk.forReading(path)) {
      return disk.size();
    } catch (IOException absent) {
      return -1;
    }
  }

  /// Returns which device or file a destination is, on this host until it is booted again; empty
  /// if it does not exist, or that is unknown.
  public static Optional<String> place(Path path) {
    try {
      var devices = BackingDevices.of(List.of(path), PROC, SYS);
      return devices.tops().stream().findFirst().map(top -> top + "@" + devices.host());
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }
}
