package org.blkdelta.vmdk;

import java.util.List;
import java.util.Optional;

/// What a link of a chain says about itself, in a text of its own or inside a hosted sparse file.
///
/// @param cid its content id, 32 bits
/// @param parentCid the content id that the parent had when the link was made
/// @param createType the word for the kind of disk, as written
/// @param parentHint where the parent is, as written
/// @param ids the ids of the disk and of its state that are longer than a content id
/// (`ddb.uuid`, `ddb.longContentID`); empty if there are none
/// @param extents its parts in the order of the disk, at least one
/// @param sectors the sum of their sizes
record Descriptor(
    long cid,
    long parentCid,
    String createType,
    Optional<String> parentHint,
    List<String> ids,
    List<DescriptorExtent> extents,
    long sectors) {

  private static final long NO_PARENT = 0xffffffffL;

  Descriptor {
    ids = List.copyOf(ids);
    extents = List.copyOf(extents);
  }

  /// Returns whether it has a part whose file lists what it holds.
  boolean hasTables() {
    return extents.stream().anyMatch(extent -> extent.type().isSparse());
  }

  boolean hasParent() {
    return parentCid != NO_PARENT;
  }
}
