package org.blkdelta.extent;

import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Generation.Likeness;

/// The id of a generation, and how far it can be relied on: `NAME`, `NAME;CONTENT` or
/// `NAME;CONTENT;ID`. A name that is unique by itself stands alone. If the name is only a number
/// that others may have too, CONTENT tells two states of one volume apart, and ID two volumes.
///
/// @param name what the format calls the state
/// @param content differs between two states of one volume
/// @param id differs between two volumes; empty if nothing identifies the volume
record StateId(String name, Optional<String> content, Optional<String> id) {

  private static final char SEPARATOR = ';';
  private static final int PARTS = 3;

  /// Names of these kinds are not unique by themselves.
  private static final List<String> WEAK = List.of("vmdk:", "nbd:");

  /// Returns a name as it was written down.
  static StateId parse(String text) {
    var parts = text.split(String.valueOf(SEPARATOR), PARTS);
    return new StateId(parts[0], part(parts, 1), part(parts, 2));
  }

  /// Returns what this name and another one say.
  Likeness likeness(StateId other) {
    if (!name.equals(other.name) || differ(content, other.content)) {
      return Likeness.DIFFERENT;
    }
    boolean isProved = WEAK.stream().noneMatch(name::startsWith) || id.isPresent();
    return isProved && equals(other) ? Likeness.SAME : Likeness.UNSURE;
  }

  /// Returns the name as it is written down.
  String text() {
    var text = new StringBuilder(name);
    content.ifPresent(part -> text.append(SEPARATOR).append(part));
    id.ifPresent(part -> text.append(SEPARATOR).append(part));
    return text.toString();
  }

  private static boolean differ(Optional<String> one, Optional<String> other) {
    return one.isPresent() && other.isPresent() && !one.equals(other);
  }

  private static Optional<String> part(String[] parts, int index) {
    return index < parts.length && !parts[index].isEmpty()
        ? Optional.of(parts[index])
        : Optional.empty();
  }
}
