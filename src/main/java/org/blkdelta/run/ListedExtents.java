package org.blkdelta.run;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.UsageException;

/// Extents that a sender is asked for: offset and length of each, 8 bytes each, big-endian.
public final class ListedExtents {

  private static final int SIZE = 2 * Long.BYTES;

  private ListedExtents() {}

  /// Writes them, and closes the stream.
  public static void write(List<Extent> extents, OutputStream to) throws IOException {
    try (var out = new DataOutputStream(new BufferedOutputStream(to))) {
      for (var extent : extents) {
        out.writeLong(extent.offset());
        out.writeLong(extent.length());
      }
    }
  }

  /// Reads them to the stream's end, which the caller closes.
  ///
  /// @throws UsageException if they are not ascending, or more than anybody asks for
  static List<Extent> read(InputStream from) throws IOException {
    var found = new ArrayList<Extent>();
    var in = new BufferedInputStream(from);
    long end = 0;
    for (var next = in.readNBytes(SIZE); next.length > 0; next = in.readNBytes(SIZE)) {
      if (next.length < SIZE || found.size() == Differences.MAX_KEPT) {
        throw wrong();
      }
      var numbers = ByteBuffer.wrap(next);
      var extent = extent(numbers.getLong(), numbers.getLong(), end);
      end = extent.end();
      found.add(extent);
    }
    return found;
  }

  private static Extent extent(long offset, long length, long least) throws UsageException {
    if (offset < least || length <= 0 || length > Long.MAX_VALUE - offset) {
      throw wrong();
    }
    return new Extent(offset, length, Extent.Kind.DATA);
  }

  private static UsageException wrong() {
    return new UsageException("--listed: standard input is not an ascending list of extents");
  }
}
