package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.blkdelta.linux.DeviceIdentity;

/// Whether blkdelta wrote what a destination holds, as far as this host remembers.
final class Provenance {

  private static final Path SYS = Path.of("/sys");

  private static final String FOREIGN = "is not known as a copy that blkdelta made";

  private Provenance() {}

  /// Returns what identifies a destination, for this version and for an earlier one; nothing if
  /// nothing is there.
  static List<String> identities(Path path) throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    return Stream.of(identity(path), former(path)).flatMap(Optional::stream).toList();
  }

  /// Returns what identifies a destination; empty if nothing lasting does.
  static Optional<String> identity(Path path) throws IOException {
    return DeviceIdentity.of(path, SYS);
  }

  /// Returns what identified it for version 0.1.0.
  static Optional<String> former(Path path) throws IOException {
    return DeviceIdentity.former(path, SYS);
  }

  /// Returns in words that blkdelta may not have written what a destination holds, and why that is
  /// not remembered if it can't be; empty if it did write it.
  static Optional<String> whyForeign(Path path, StateStore memory) throws IOException {
    var identities = identities(path);
    var disbelief = new ArrayList<String>(); // the run itself warns of it, if it is not refused
    for (var identity : identities) {
      var known = memory.recall(identity, disbelief::add);
      if (known.isPresent()) {
        boolean isOwn = identity(path).equals(Optional.of(identity));
        boolean isCopy = known.get().state().isCopy() && (isOwn || isAt(known.get(), path));
        return isCopy ? Optional.empty() : Optional.of(FOREIGN);
      }
    }
    if (identities.isEmpty()) {
      return Optional.of(
          FOREIGN + ": it has no stable identity, so nothing can be remembered of it");
    }
    if (!disbelief.isEmpty()) {
      return Optional.of(FOREIGN + ": " + disbelief.getFirst());
    }
    return Optional.of(
        memory.isWritable()
            ? FOREIGN
            : "%s: nothing can be remembered, because %s cannot be written; let %s name another folder"
                .formatted(FOREIGN, memory.folder(), StateStore.VARIABLE));
  }

  /// Returns whether the path that was noted is that of a destination. Version 0.1.0 noted it as it
  /// was typed, and if that was relative, only its last name says anything.
  static boolean isAt(StateFile old, Path path) {
    var noted = Path.of(old.path());
    try {
      return noted.isAbsolute()
          ? Files.exists(noted) && Files.isSameFile(noted, path)
          : noted.endsWith(path.toRealPath().getFileName());
    } catch (IOException unseen) {
      return false;
    }
  }
}
