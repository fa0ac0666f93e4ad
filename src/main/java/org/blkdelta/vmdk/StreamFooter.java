package org.blkdelta.vmdk;

import java.io.IOException;
import org.blkdelta.disk.Disk;

/// Finds the footer of a compressed file that was written front to back: its header says that the
/// directory is at the end, if a second header says where. The last three sectors are a marker,
/// the footer, and the end-of-stream marker.
final class StreamFooter {

  private static final int FROM_END = 3 * Fields.SECTOR;

  private StreamFooter() {}

  /// Reads the footer and holds it against the header.
  static HostedHeader read(Disk file, HostedHeader header, FileAccess access) throws IOException {
    long at = file.size() - FROM_END;
    if (file.size() % Fields.SECTOR != 0 || at <= 0) {
      throw Fields.damaged(
          file.name(), file.size(), "the file is cut: it does not end with a sector");
    }
    var marker = Fields.read(file, at, Fields.SECTOR, "the footer's marker");
    marker.require(Marker.of(marker) == Marker.FOOTER, 0, "no footer here: the file is cut");
    var end = Fields.read(file, at + 2L * Fields.SECTOR, Fields.SECTOR, "the end marker");
    end.require(Marker.of(end) == Marker.END, 0, "no end of the stream here: the file is cut");
    var footer = HostedHeader.read(file, at + Fields.SECTOR, access.unquestioning());
    footer
        .fields()
        .require(
            header.agreesWith(footer) && !footer.isDirectoryAtEnd(),
            0,
            "the footer says other things than the header");
    return footer;
  }
}
