package org.blkdelta.nbd;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;

/// Names the states that the changes of an export connect. A server tells nothing that identifies a
/// disk, and the name of a bitmap can be given again. So the names prove nothing: they only tell
/// apart what starts from two bitmaps, so that none of them goes on with what another one left half
/// done. What the changes lead to has no bitmap's name: that of the next is unknown here.
final class StateNames {

  private static final String PREFIX = "nbd:disk";
  private static final int DIGITS = 16;

  private StateNames() {}

  /// Returns what changes start from and lead to.
  ///
  /// @param name what messages call the export
  static Lineage lineage(String name, Selection selection) {
    var result = Generation.of(PREFIX, name);
    return switch (selection) {
      case Selection.Whole whole -> Lineage.whole(Optional.empty());
      case Selection.Bitmap bitmap ->
          new Lineage(
              base(
                  "bitmap " + bitmap.name(),
                  "the start of bitmap \"%s\" of %s",
                  bitmap.name(),
                  name),
              Optional.of(result));
      case Selection.Layers top ->
          new Lineage(
              base("depth " + top.layers(), "what is below the top %s of %s", layers(top), name),
              Optional.of(result));
    };
  }

  private static Optional<Generation> base(String start, String label, String part, String name) {
    return Optional.of(Generation.of(PREFIX + ";" + digest(start), label.formatted(part, name)));
  }

  private static String layers(Selection.Layers top) {
    return top.layers() == 1 ? "layer" : top.layers() + " layers";
  }

  private static String digest(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var bytes = digest.digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(bytes).substring(0, DIGITS);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every JDK has it
    }
  }
}
