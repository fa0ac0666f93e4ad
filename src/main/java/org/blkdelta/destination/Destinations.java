package org.blkdelta.destination;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SyncException;
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
    StateStore memory, Consumer<String> warnings, BiPredicate<DestinationName, String> ask) {

  /// Returns a destination whose state is remembered, and what is overwritten is saved if the
  /// treatment says so.
  public Destination of(DestinationName name, Treatment treatment) {
    return of(name, treatment, treatment.undo(), FrameWriter::new);
  }

  /// Returns a destination whose state is remembered.
  ///
  /// @param undo a new file where what is overwritten is saved, in any format
  /// @param format writes the undo
  public Destination of(
      DestinationName name,
      Treatment treatment,
      Optional<Path> undo,
      Function<OutputStream, StreamWriter> format) {
    var run = UUID.randomUUID().toString();
    var provenance = new Provenance(name, memory);
    Predicate<String> agreed = question -> ask.test(name, question);
    var there =
        switch (name) {
          case FileName file -> there(file, treatment, provenance, agreed);
          case ExportName export ->
              new ExportDestination(export, treatment, warnings, provenance::whyForeign, agreed);
        };
    boolean saves = treatment.undo().isPresent();
    var remembered = new Remembered(name, run, saves, memory, treatment.base(), there, warnings);
    return undo.isEmpty() ? remembered : new Undo(undo.get(), run, format, remembered);
  }

  /// Returns what is at a path: what that is, is looked at when it is opened.
  private Destination there(
      FileName file, Treatment treatment, Provenance provenance, Predicate<String> agreed) {
    LocalDestination.Ownership ownership = opened -> provenance.at(opened).whyForeign();
    return header -> {
      var image = ImageDestination.at(file.path(), treatment);
      return image.isPresent()
          ? new ImageDestination(image.get(), treatment, warnings, ownership, agreed).open(header)
          : new LocalDestination(file.path(), treatment, warnings, ownership, agreed).open(header);
    };
  }

  /// Opens a destination for reading what is on its medium, whoever uses it; the caller closes it.
  ///
  /// @throws org.blkdelta.failure.RefusedException if it is not there, cannot be read, or is the
  ///     source itself
  public Disk openForComparing(DestinationName name, Treatment treatment, StreamHeader header)
      throws IOException {
    return switch (name) {
      case FileName file -> {
        var image = ImageDestination.at(file.path(), treatment);
        yield image.isPresent()
            ? new ImageDestination(
                    image.get(), treatment, warnings, opened -> Optional.empty(), question -> false)
                .openForComparing(header)
            : new LocalDestination(
                    file.path(), treatment, warnings, opened -> Optional.empty(), question -> false)
                .openForComparing(header);
      }
      case ExportName export ->
          new ExportDestination(
                  export, treatment, warnings, disk -> Optional.empty(), question -> false)
              .openForComparing();
    };
  }

  /// Remembers that a destination is not what was written to it, and is incomplete therefore.
  public void doubt(DestinationName name) {
    try {
      for (var identity : name.identities()) {
        if (memory.knows(identity)) {
          var known = memory.recall(identity, warnings);
          var state = known.map(StateFile::state).orElse(DestinationState.UNKNOWN);
          memory.remember(identity, name.noted(), state.doubted(), Optional.empty());
        }
      }
    } catch (IOException fault) {
      warnings.accept(
          "%s: can't save this destination's state, which is incomplete: %s"
              .formatted(name, SyncException.describe(fault)));
    }
  }

  /// Returns what is remembered of a destination, or of what was at its place before.
  public List<StateStore.Entry> remembered(DestinationName name) throws IOException {
    return memory.about(name.noted(), name.identities());
  }

  /// Returns whether what was noted of a destination is of what is there.
  public static boolean isAt(DestinationName name, StateFile noted) throws IOException {
    return name.identities().contains(noted.destination());
  }
}
