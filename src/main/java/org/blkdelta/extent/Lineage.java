package org.blkdelta.extent;

import java.util.Optional;

/// Which generations of a volume a delta connects.
///
/// @param base the state that the delta starts from
/// @param result the state that it leads to
public record Lineage(Optional<Generation> base, Optional<Generation> result) {

  /// Nothing is known.
  public static final Lineage UNKNOWN = new Lineage(Optional.empty(), Optional.empty());

  /// The base of what has every byte of the volume: whatever was there before will do.
  private static final Generation ANYTHING = Generation.of("any");

  /// Returns the lineage of a volume that is sent whole.
  public static Lineage whole(Optional<Generation> result) {
    return new Lineage(Optional.of(ANYTHING), result);
  }

  /// Returns whether every byte of the volume is sent, or is known to be there.
  public boolean isWhole() {
    return base.equals(Optional.of(ANYTHING));
  }

  /// Returns the same from an unknown base.
  public Lineage baseless() {
    return new Lineage(Optional.empty(), result);
  }

  /// Returns the way back.
  public Lineage reversed() {
    return isWhole() ? new Lineage(result, Optional.empty()) : new Lineage(result, base);
  }
}
