package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;

/// Reads chains and says what is in them.
final class Chains {

  private static final int SECTOR = 512;

  private Chains() {}

  /// Returns access to files beside their descriptor, with nothing accepted, that collects
  /// warnings.
  static FileAccess access(List<String> warnings) {
    return access(false, EnumSet.noneOf(Doubt.class), warnings);
  }

  static FileAccess access(boolean allowOutside, Set<Doubt> accepted, List<String> warnings) {
    return new FileAccess(FileDisk::withHoles, allowOutside, accepted, warnings::add);
  }

  /// Opens the chain of a file down to its base, as strictly as can be.
  static SnapshotChain open(Path top) throws IOException {
    return SnapshotChain.open(top, Optional.empty(), access(new ArrayList<>()));
  }

  /// Returns what a chain changes: `FIRST+COUNT KIND`, in sectors.
  static List<String> extents(Path top) throws IOException {
    try (var chain = open(top)) {
      return extents(chain);
    }
  }

  static List<String> extents(ChangeSource chain) throws IOException {
    var lines = new ArrayList<String>();
    chain.changes(
        extent ->
            lines.add(
                "%d+%d %s"
                    .formatted(extent.offset() / SECTOR, extent.length() / SECTOR, extent.kind())));
    chain.checkStillTrue();
    return lines;
  }

  /// Returns a copy of a disk with a chain's changes applied; it is as large as the chain's.
  static byte[] applied(byte[] old, Path top) throws IOException {
    try (var chain = open(top)) {
      return applied(old, chain);
    }
  }

  static byte[] applied(byte[] old, ChangeSource chain) throws IOException {
    var disk = new byte[Math.toIntExact(chain.disk().size())];
    System.arraycopy(old, 0, disk, 0, Math.min(old.length, disk.length));
    chain.changes(
        extent -> {
          var content = new byte[Math.toIntExact(extent.length())];
          if (extent.kind() == Extent.Kind.DATA) {
            chain.disk().read(ByteBuffer.wrap(content), extent.offset());
          }
          System.arraycopy(content, 0, disk, (int) extent.offset(), content.length);
        });
    return disk;
  }

  /// Returns the first byte of a sector.
  static int byteAt(Path top, long sector) throws IOException {
    try (var chain = open(top)) {
      var one = ByteBuffer.allocate(1);
      chain.disk().read(one, sector * SECTOR);
      return Byte.toUnsignedInt(one.get(0));
    }
  }
}
