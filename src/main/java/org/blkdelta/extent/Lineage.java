package org.blkdelta.extent;

import java.util.Optional;

/// Which generations of a volume a delta connects; a generation is a name for one state of a
/// volume, such as `lvm:ORIGIN-UUID@SNAPSHOT-UUID`.
///
/// @param base the state that the delta starts from
/// @param result the state that it leads to
public record Lineage(Optional<String> base, Optional<String> result) {

  /// Nothing is known.
  public static final Lineage UNKNOWN = new Lineage(Optional.empty(), Optional.empty());

  /// Returns the way back.
  public Lineage reversed() {
    return new Lineage(result, base);
  }
}
