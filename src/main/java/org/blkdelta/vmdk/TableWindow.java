package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.disk.Disk;
import org.jspecify.annotations.Nullable;

/// Grain tables that follow each other in the directory, read together: a file that is far away is
/// asked for all of them at once. It holds 256 KiB, for a chain has many links.
final class TableWindow {

  /// Where a table is.
  ///
  /// @param index its number in the directory
  /// @param at where in the file it begins, in bytes
  record Place(long index, long at) {}

  private static final int MAX_BYTES = 256 << 10;

  private final Disk file;
  private final int tableBytes;
  private final List<Place> places = new ArrayList<>();
  private byte[] bytes = {};

  /// Creates an empty window for tables of so many bytes each.
  TableWindow(Disk file, int tableBytes) {
    this.file = file;
    this.tableBytes = tableBytes;
  }

  /// Returns how many tables it holds at most.
  int most() {
    return Math.max(1, MAX_BYTES / tableBytes);
  }

  /// Returns a table, or null if the window does not have it.
  @Nullable Fields table(long index) {
    for (int i = 0; i < places.size(); i++) {
      if (places.get(i).index() == index) {
        var table = ByteBuffer.wrap(bytes, i * tableBytes, tableBytes).slice();
        return new Fields(file.name(), places.get(i).at(), table.order(ByteOrder.LITTLE_ENDIAN));
      }
    }
    return null;
  }

  /// Reads tables, in place of those that it held.
  void read(List<Place> wanted) throws IOException {
    places.clear();
    if (bytes.length < wanted.size() * tableBytes) {
      bytes = new byte[wanted.size() * tableBytes];
    }
    var reads = new ArrayList<Disk.Read>();
    for (int i = 0; i < wanted.size(); i++) {
      new Disk.Read(ByteBuffer.wrap(bytes, i * tableBytes, tableBytes), wanted.get(i).at())
          .addTo(reads);
    }
    Fields.readAll(file, reads, "a grain table");
    places.addAll(wanted);
  }
}
