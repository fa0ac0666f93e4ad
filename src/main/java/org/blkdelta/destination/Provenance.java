package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.linux.StateFolder;

/// Whether blkdelta wrote what a destination holds, as far as this host remembers.
record Provenance(DestinationName name, StateStore memory) {

  private static final String FOREIGN = "is not known as a copy that blkdelta made";

  /// Returns the same of what is at another path: what was opened.
  Provenance at(Path opened) {
    return new Provenance(DestinationName.of(opened), memory);
  }

  /// Returns in words that blkdelta may not have written what a destination holds, and why that is
  /// not remembered if it can't be; empty if it did write it.
  Optional<String> whyForeign() throws IOException {
    var identities = name.identities();
    var disbelief = new ArrayList<String>(); // the run itself warns of it, if it is not refused
    for (var identity : identities) {
      var known = memory.recall(identity, disbelief::add);
      if (known.isPresent()) {
        boolean isOwn = name.identity().equals(Optional.of(identity));
        boolean isCopy = known.get().state().isCopy() && (isOwn || name.isAt(known.get()));
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
                .formatted(FOREIGN, memory.folder(), StateFolder.VARIABLE));
  }

  /// Returns the same of one whose name proves nothing: it must also hold what was written there.
  Optional<String> whyForeign(Disk disk) throws IOException {
    var why = whyForeign();
    var identity = name.identity();
    if (why.isPresent() || identity.isEmpty()) {
      return why;
    }
    var pages = memory.recall(identity.get(), warning -> {}).flatMap(StateFile::written);
    if (pages.isEmpty()) {
      return Optional.of(FOREIGN + ": another disk may be served there by now");
    }
    return pages.get().firstDifference(disk).isEmpty()
        ? Optional.empty()
        : Optional.of(FOREIGN + ": it does not hold what the last run wrote there");
  }
}
