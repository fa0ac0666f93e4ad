package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.blkdelta.disk.DeviceUse.Reason;
import org.blkdelta.disk.DeviceUse.Use;
import org.blkdelta.failure.RefusedException;

/// Everything that speaks against writing to one destination, gathered first and settled together,
/// so that a refusal names all of it.
final class Objections {

  private final Path destination;
  private final DestinationOptions options;
  private final Set<Use> uses = new LinkedHashSet<>();
  private final List<String> absolute = new ArrayList<>();

  Objections(Path destination, DestinationOptions options) {
    this.destination = destination;
    this.options = options;
  }

  /// Adds reasons that a user may override.
  void add(List<Use> found) {
    uses.addAll(found);
  }

  /// Adds a reason that nobody may override.
  void addAbsolute(String words) {
    absolute.add(words);
  }

  /// Returns whether one of these reasons is among them.
  boolean has(Reason... reasons) {
    return uses.stream().anyMatch(use -> List.of(reasons).contains(use.reason()));
  }

  /// Warns of what the user overrides.
  ///
  /// @throws RefusedException if anything is left, with all of it
  void settle(Consumer<String> warnings) throws RefusedException {
    var left = uses.stream().filter(use -> !options.force.contains(use.reason())).toList();
    if (!left.isEmpty() || !absolute.isEmpty()) {
      throw new RefusedException("%s: %s".formatted(destination, words(left)));
    }
    for (var use : uses) {
      warnings.accept(
          "%s: %s; overridden by --force=%s"
              .formatted(destination, use.words(), use.reason().word()));
    }
  }

  private String words(List<Use> left) {
    var all = new ArrayList<>(absolute);
    left.forEach(use -> all.add(use.words()));
    return String.join("; ", all) + "; " + advice(left);
  }

  private String advice(List<Use> left) {
    if (!absolute.isEmpty()) {
      return "name another destination";
    }
    if (!options.canForce) {
      return "free it, or name another destination";
    }
    var words =
        left.stream()
            .map(use -> use.reason().word())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    return "free it, or override that by --force=" + String.join(",", words);
  }
}
