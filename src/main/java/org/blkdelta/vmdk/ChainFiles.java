package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.jspecify.annotations.Nullable;

/// Which links of a chain are sent, and what they stand on; each link was made on the one below it,
/// as far as the files tell.
///
/// @param newestFirst the links that are sent, at least one
/// @param below the link that the destination has already; empty if that is unknown, or if
/// the oldest is a base
record ChainFiles(List<LinkFile> newestFirst, Optional<LinkFile> below) {

  /// VMware allows 32 snapshots.
  private static final int MAX_LINKS = 255;

  ChainFiles {
    newestFirst = List.copyOf(newestFirst);
  }

  /// Follows the parents of a link.
  static ChainFiles follow(Path top, Optional<Path> since, FileAccess access) throws IOException {
    var stop = since.isEmpty() ? null : NamedFiles.real(since.get());
    var links = downTo(stop, top, access);
    var last = links.removeLast();
    if (stop != null && !last.path().equals(stop)) {
      throw new SourceException(
          "%s: is not among the parents of %s; name a link of its chain".formatted(stop, top));
    }
    if (!links.isEmpty()) {
      return new ChainFiles(links, Optional.of(last));
    }
    if (stop != null) {
      throw new UsageException(top + ": is the link named by --since itself; nothing to send");
    }
    tellUnknown(last, access);
    return new ChainFiles(List.of(last), Optional.empty());
  }

  /// Follows the parents of a link down to the base, which is sent too.
  ///
  /// @throws SourceException if nothing says that the last one is a base
  static ChainFiles whole(Path top, FileAccess access) throws IOException {
    var links = downTo(null, top, access);
    var whole = new ChainFiles(links, Optional.empty());
    if (whole.belowSectors() != 0) {
      throw new SourceException(
          links.getLast().name()
              + ": has no descriptor, so it may be a delta; name the disk by its descriptor");
    }
    return whole;
  }

  /// Returns a link and its parents, newest first, down to a file or else to the base.
  private static List<LinkFile> downTo(@Nullable Path stop, Path top, FileAccess access)
      throws IOException {
    var links = new ArrayList<LinkFile>();
    var link = LinkFile.read(top, access);
    while (!link.path().equals(stop) && link.hasParent()) {
      links.add(link);
      if (links.size() > MAX_LINKS) {
        throw new SourceException(
            "%s: a chain of more than %d links; refused".formatted(top, MAX_LINKS));
      }
      var parent = parent(link, access);
      checkNew(links, parent, link);
      checkMadeOn(parent, link, access);
      link = parent;
    }
    links.add(link);
    return links;
  }

  /// Takes the files that are named, oldest first.
  static ChainFiles named(List<Path> oldestFirst, FileAccess access) throws IOException {
    var links = new ArrayList<LinkFile>();
    for (var path : oldestFirst) {
      var link = LinkFile.read(path, access);
      if (!links.isEmpty()) {
        checkNew(links, link, link);
        checkMadeOn(links.getFirst(), link, access);
      }
      links.addFirst(link);
    }
    var oldest = links.getLast();
    var below = oldest.hasParent() ? knownParent(oldest, access) : Optional.<LinkFile>empty();
    if (below.isPresent()) {
      checkMadeOn(below.get(), oldest, access);
    } else {
      tellUnknown(oldest, access);
    }
    return new ChainFiles(links, below);
  }

  /// Returns the size of what the oldest link stands on: 0 for nothing, the largest `long` for
  /// unknown.
  long belowSectors() {
    var oldest = newestFirst.getLast();
    if (below.isPresent() && below.get().descriptor().isPresent()) {
      return below.get().descriptor().get().sectors();
    }
    boolean isBase = oldest.descriptor().isPresent() && !oldest.hasParent();
    return isBase ? 0 : Long.MAX_VALUE;
  }

  private static LinkFile parent(LinkFile child, FileAccess access) throws IOException {
    var path = parentPath(child, access);
    if (path.isEmpty()) {
      var found =
          hint(child)
              .map("its parent \"%s\" is not beside it"::formatted)
              .orElse("has a parent, and does not name it (parentFileNameHint)");
      throw new SourceException(
          "%s: %s; %s"
              .formatted(
                  child.name(),
                  found,
                  hint(child).filter(name -> name.startsWith("vsan://")).isPresent()
                      ? "clone the disk to an ordinary datastore first (vmkfstools -i), and copy the clone"
                      : "copy the parent's descriptor there, or send this delta alone: blkdelta vmdksync"));
    }
    return LinkFile.read(path.get(), access);
  }

  /// Returns the parent where its file is at hand: then it can be held against its child.
  private static Optional<LinkFile> knownParent(LinkFile child, FileAccess access)
      throws IOException {
    var path = parentPath(child, access);
    if (path.isEmpty()) {
      access
          .warnings()
          .accept(
              child.name()
                  + ": its parent is not beside it, so nothing tells whether the destination is in the"
                  + " state that this delta starts from");
      return Optional.empty();
    }
    return Optional.of(LinkFile.read(path.get(), access));
  }

  private static Optional<Path> parentPath(LinkFile child, FileAccess access) throws IOException {
    var hint = hint(child);
    return hint.isEmpty()
        ? Optional.empty()
        : new NamedFiles(child.path(), access).parent(hint.get());
  }

  private static Optional<String> hint(LinkFile link) {
    return link.descriptor().flatMap(Descriptor::parentHint);
  }

  /// Content ids do not tell links apart, so files must.
  private static void checkNew(List<LinkFile> links, LinkFile next, LinkFile named)
      throws SourceException {
    for (var link : links) {
      if (link.path().equals(next.path())) {
        throw new SourceException(
            "%s: the chain comes back to %s; refused".formatted(named.name(), next.name()));
      }
    }
  }

  /// Checks that a parent is in the state that its child was made from, if both say so.
  private static void checkMadeOn(LinkFile parent, LinkFile child, FileAccess access)
      throws SourceException {
    var above = child.descriptor();
    var below = parent.descriptor();
    if (above.isPresent() && !above.get().hasParent()) {
      throw new SourceException(
          "%s: is a base, and not made on %s".formatted(child.name(), parent.name()));
    }
    if (above.isEmpty() || below.isEmpty()) {
      access
          .warnings()
          .accept(
              "%s: without both descriptors nothing tells whether it was made on %s"
                  .formatted(child.name(), parent.name()));
      return;
    }
    if (above.get().parentCid() != below.get().cid()) {
      access.doubt(
          Doubt.CID,
          child.name(),
          "was made on a state with CID %08x, and %s has %08x: it was written to since, or is another"
                  .formatted(above.get().parentCid(), parent.name(), below.get().cid())
              + " disk");
    }
    if (above.get().sectors() < below.get().sectors()) {
      throw new SourceException(
          "%s: has %d sectors, fewer than the %d of %s; they do not belong together"
              .formatted(
                  child.name(), above.get().sectors(), below.get().sectors(), parent.name()));
    }
  }

  private static void tellUnknown(LinkFile link, FileAccess access) {
    if (link.descriptor().isEmpty()) {
      access
          .warnings()
          .accept(
              link.name()
                  + ": has no descriptor, so nothing tells whether the destination is in the state"
                  + " that this delta starts from");
    }
  }
}
