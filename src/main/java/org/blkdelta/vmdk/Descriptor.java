package org.blkdelta.vmdk;

import java.util.List;
import java.util.Optional;

/// What a link of a chain says about itself, in a text of its own or inside a hosted sparse file.
///
/// @param cid its content id, 32 bits
/// @param parentCid the content id that the parent had when the link was made
/// @param createType the word for the kind of disk, as written
/// @param parentHint where the parent is, as written
/// @param extents its parts in the order of the disk, at least one
/// @param sectors the sum of their sizes
record Descriptor(
    long cid,
    long parentCid,
    String createType,
    Optional<String> parentHint,
    List<DescriptorExtent> extents,
    long sectors) {

  private static final long NO_PARENT = 0xffffffffL;

  Descriptor {
    extents = List.copyOf(extents);
  }

  boolean hasParent() {
    return parentCid != NO_PARENT;
  }
}
