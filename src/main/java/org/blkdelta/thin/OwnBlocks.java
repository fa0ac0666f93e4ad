package org.blkdelta.thin;

import java.io.IOException;
import java.util.HashMap;
import org.blkdelta.thin.ThinMetadata.Device;

/// The blocks of a volume that were mapped since it was made, by writing to the volume itself. A
/// snapshot that nobody wrote to has none. One that has some may be written to again in the same
/// blocks, and nothing in the metadata changes: what it was at some earlier time is not known then.
final class OwnBlocks {

  private OwnBlocks() {}

  /// Returns whether there are any. The kernel counts the pool's time up before it makes a
  /// snapshot, so what that inherits is older than itself.
  static boolean exist(ThinMetadata metadata, Device volume) throws IOException {
    var tree = new MappingTree(metadata.blocks(), new HashMap<>(), volume.root());
    var mappings = tree.mappings(0, Long.MAX_VALUE);
    for (; mappings.block() != Long.MAX_VALUE; mappings.next()) {
      if (mappings.time() >= volume.time()) {
        return true;
      }
    }
    return false;
  }
}
