package org.blkdelta.extent;

import java.io.IOException;

/// How much a source has to send.
///
/// @param extents number of joined extents
/// @param dataBytes bytes in those whose content is to be read
/// @param zeroBytes bytes in those that are known to be zeros
public record Totals(long extents, long dataBytes, long zeroBytes) {

  /// Adds up all changes of a source.
  public static Totals of(ChangeSource source) throws IOException {
    var sum = new long[3];
    source.changes(
        extent -> {
          sum[0]++;
          sum[extent.kind() == Extent.Kind.DATA ? 1 : 2] += extent.length();
        });
    source.checkStillTrue();
    return new Totals(sum[0], sum[1], sum[2]);
  }

  /// Returns the bytes of all extents.
  public long bytes() {
    return dataBytes + zeroBytes;
  }

  /// Returns for people what it says.
  public String text() {
    return "%s changed, %s".formatted(Sizes.count(extents, "extent"), Sizes.binary(bytes()));
  }
}
