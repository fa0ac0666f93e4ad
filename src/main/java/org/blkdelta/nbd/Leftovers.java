package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.jspecify.annotations.Nullable;

/// What runs that were killed left in a QEMU. A run that is still at work holds the lock of its
/// scratch folder, and what is its own is left alone.
final class Leftovers {

  private static final int MAX_SHOWN = 400;

  private Leftovers() {}

  /// Removes all of it.
  ///
  /// @param warnings told of each round that was left
  /// @throws RefusedException if another run is at work on the same disk
  static void remove(Monitor monitor, QmpUri uri, Consumer<String> warnings) throws IOException {
    var nodes = QemuNode.all(monitor);
    var overlays = overlays(nodes);
    var rounds = new LinkedHashSet<>(overlays.keySet());
    for (var node : nodes) {
      for (var bitmap : node.bitmaps()) {
        var round = RoundObjects.ofBitmap(bitmap.name());
        round.ifPresent(rounds::add);
        if (round.isPresent()
            && node.name().equals(uri.node())
            && isLive(overlays.get(round.get()))) {
          throw new RefusedException(
              uri.text() + ": another blkdelta reads this disk at the moment; wait for its end");
        }
      }
    }
    for (var round : rounds) {
      var overlay = overlays.get(round);
      if (!isLive(overlay)) {
        warnings.accept(uri.text() + ": removes what an earlier run left in QEMU that was killed");
        round.remove(monitor, overlay != null && Scratch.isServed(overlay), Monitor.PATIENCE);
        if (overlay != null) {
          Scratch.remove(overlay);
        }
      }
    }
    Scratch.sweep(uri, overlays.values());
  }

  /// Returns the names of nodes, for people.
  static String names(List<QemuNode> nodes) {
    var names =
        nodes.stream()
            .map(QemuNode::name)
            .filter(name -> !name.isEmpty() && !name.startsWith("#"))
            .filter(name -> !name.startsWith("blkdelta-"))
            .sorted()
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "none at all" : Printable.of(names, MAX_SHOWN);
  }

  private static Map<RoundObjects, Path> overlays(List<QemuNode> nodes) {
    var overlays = new LinkedHashMap<RoundObjects, Path>();
    for (var node : nodes) {
      RoundObjects.ofNode(node.name())
          .ifPresent(round -> path(node.file()).ifPresent(file -> overlays.put(round, file)));
    }
    return overlays;
  }

  private static Optional<Path> path(String file) {
    try {
      return Optional.of(Path.of(file)).filter(Path::isAbsolute);
    } catch (InvalidPathException nameless) {
      return Optional.empty();
    }
  }

  private static boolean isLive(@Nullable Path overlay) throws IOException {
    return overlay != null && Scratch.isLive(overlay);
  }
}
