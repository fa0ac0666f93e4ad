package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.linux.StateFolder;
import org.blkdelta.linux.TrustedFile;
import org.blkdelta.linux.TrustedFile.UntrustedException;

/// The folder where this host keeps what it remembers of its destinations, a small file for each.
///
/// @param folder made if it is missing, when the first file is written
/// @param systems root's, if this is a user's own: of what root's remembers nothing else may be
///     noted, since root's would become a lie
public record StateStore(Path folder, Optional<Path> systems) {

  /// One file of the folder.
  ///
  /// @param content empty if it is not believed
  /// @param trouble why it is not, or nothing
  public record Entry(Path file, Optional<StateFile> content, String trouble) {}

  private static final String SUFFIX = ".json";
  private static final int MAX_NAME = 200;

  /// Creates one that knows of no other.
  public StateStore(Path folder) {
    this(folder, Optional.empty());
  }

  /// Returns this host's, or, for a user who may not write to that, the user's own.
  public static StateStore ofHost() {
    var place = StateFolder.ofHost();
    return new StateStore(place.path(), place.systems());
  }

  /// Returns what is remembered of a destination, or empty if that is nothing that is believed.
  ///
  /// @param destination what identifies it
  /// @param warnings told what is not believed
  /// @throws RefusedException if there is a file that cannot be read, or is of a newer version, or
  ///     is root's
  public Optional<StateFile> recall(String destination, Consumer<String> warnings)
      throws RefusedException {
    if (systems.isPresent() && new StateStore(systems.get()).knows(destination)) {
      throw new RefusedException(
          "%s: what is remembered of the destination is root's; run as root"
              .formatted(systems.get()));
    }
    var file = file(destination);
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      var content = read(file);
      if (!content.destination().equals(destination)) {
        throw new UntrustedException("it is of another destination");
      }
      return Optional.of(content);
    } catch (UntrustedException doubtful) {
      warnings.accept(
          "%s: what is remembered of the destination is not believed, because %s; it counts as unknown"
              .formatted(file, doubtful.getMessage()));
      return Optional.empty();
    }
  }

  /// Remembers a state, durably when this returns.
  ///
  /// @param path where the destination is, as it is noted for people
  /// @param written some of what was written
  public void remember(
      String destination, String path, DestinationState state, Optional<WrittenPages> written)
      throws IOException {
    StateFolder.make(folder);
    var content =
        new StateFile(
            destination,
            path,
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            state,
            written);
    var file = file(destination);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(file); // a link, a FIFO: recall has told of it
    }
    DurableFile.replace(file, content.bytes());
  }

  /// Returns whether a file for another destination could be made.
  boolean isWritable() {
    return StateFolder.isWritable(folder);
  }

  /// Returns whether there is a file for a destination, or may be.
  boolean knows(String destination) {
    return !Files.notExists(file(destination), LinkOption.NOFOLLOW_LINKS)
        || (systems.isPresent() && new StateStore(systems.get()).knows(destination));
  }

  /// Returns all files of the folder, by name.
  ///
  /// @throws RefusedException if they cannot be read
  public List<Entry> all() throws RefusedException {
    if (Files.notExists(folder)) {
      return List.of();
    }
    var entries = new ArrayList<Entry>();
    try (var files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (var file : files) {
        entries.add(entry(file));
      }
    } catch (IOException fault) {
      throw unreadable(folder, fault);
    }
    entries.sort((one, other) -> one.file().compareTo(other.file()));
    return entries;
  }

  /// Returns the files that are of a destination, or of what was at its path before.
  ///
  /// @param path as it is noted
  /// @param identities what identifies it, if it is there
  List<Entry> about(String path, List<String> identities) throws RefusedException {
    var own = identities.stream().map(this::file).toList();
    return all().stream()
        .filter(
            entry ->
                own.contains(entry.file())
                    || entry.content().filter(old -> old.path().equals(path)).isPresent())
        .toList();
  }

  /// Removes what is remembered of one destination.
  public void forget(Entry entry) throws RefusedException {
    forget(entry.file());
  }

  /// Removes what is remembered of one destination.
  ///
  /// @param destination what identifies it
  void forget(String destination) throws RefusedException {
    forget(file(destination));
  }

  private static void forget(Path file) throws RefusedException {
    try {
      Files.deleteIfExists(file);
      DurableFile.forceFolderOf(file);
    } catch (IOException fault) {
      throw new RefusedException(
          "%s: cannot be removed: %s; run as its owner"
              .formatted(file, SyncException.describe(fault)),
          fault);
    }
  }

  private Entry entry(Path file) {
    try {
      return new Entry(file, Optional.of(read(file)), "");
    } catch (UntrustedException doubtful) {
      return new Entry(file, Optional.empty(), String.valueOf(doubtful.getMessage()));
    } catch (RefusedException unread) {
      return new Entry(file, Optional.empty(), String.valueOf(unread.getMessage()));
    }
  }

  private static StateFile read(Path file) throws UntrustedException, RefusedException {
    try {
      return StateFile.parse(TrustedFile.read(file, StateFile.MAX_BYTES));
    } catch (UntrustedException doubtful) {
      throw doubtful;
    } catch (RefusedException newer) {
      throw new RefusedException(
          "%s: what is remembered of the destination %s".formatted(file, newer.getMessage()));
    } catch (IOException fault) {
      throw unreadable(file, fault);
    }
  }

  private static RefusedException unreadable(Path file, IOException fault) {
    return new RefusedException(
        "%s: what is remembered of the destination cannot be read: %s; run as its owner"
            .formatted(file, SyncException.describe(fault)),
        fault);
  }

  private Path file(String destination) {
    var name = destination.replaceAll("[^A-Za-z0-9.-]", "_");
    var hash = String.format(Locale.ROOT, "-%08x", destination.hashCode());
    return folder.resolve(name.substring(0, Math.min(name.length(), MAX_NAME)) + hash + SUFFIX);
  }
}
