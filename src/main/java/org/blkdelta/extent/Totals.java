package org.blkdelta.extent;

import java.io.IOException;

/// How much a source has to send.
///
/// @param extents number of runs that they form; one that begins where another ends goes on with it
/// @param dataBytes bytes in those whose content is to be read
/// @param zeroBytes bytes in those that are known to be zeros
public record Totals(long extents, long dataBytes, long zeroBytes) {

  /// Adds up all changes of a source.
  public static Totals of(ChangeSource source) throws IOException {
    var sum =
        new Object() {
          long runs;
          long end = -1;
          long data;
          long zero;
        };
    source.changes(
        extent -> {
          sum.runs += extent.offset() == sum.end ? 0 : 1;
          sum.end = extent.end();
          switch (extent.kind()) {
            case DATA -> sum.data += extent.length();
            case ZERO -> sum.zero += extent.length();
          }
        });
    source.checkStillTrue();
    return new Totals(sum.runs, sum.data, sum.zero);
  }

  /// Returns the bytes of all extents.
  public long bytes() {
    return dataBytes + zeroBytes;
  }

  /// Returns for people what it says.
  public String text() {
    return "%s, %s".formatted(Sizes.count(extents, "extent"), Sizes.binary(bytes()));
  }
}
