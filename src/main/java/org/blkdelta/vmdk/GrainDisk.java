package org.blkdelta.vmdk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.blkdelta.disk.Disk;

/// The virtual disk that a stack of links makes: each sector comes from the newest link that has
/// it. What only the disk below has cannot be read.
final class GrainDisk implements Disk {

  private final String name;
  private final LinkStack links;
  private final LinkStack.Cursor cursor;

  /// Creates the view of a stack of links, which it closes.
  GrainDisk(String name, LinkStack links) {
    this.name = name;
    this.links = links;
    this.cursor = links.cursor();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return links.sectors() * Fields.SECTOR;
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    readAll(List.of(new Read(dst, offset)));
  }

  /// Reads at once what is side by side in a file, and together what is in one file.
  @Override
  public synchronized void readAll(List<Read> reads) throws IOException {
    Map<Disk, List<Read>> byFile = new LinkedHashMap<>();
    for (var read : reads) {
      collect(read.dst(), read.offset(), byFile);
    }
    for (var file : byFile.entrySet()) {
      file.getKey().readAll(file.getValue());
    }
  }

  @Override
  public void close() throws IOException {
    links.close();
  }

  /// Fills what is zero, and finds out which files have the rest.
  private void collect(ByteBuffer dst, long offset, Map<Disk, List<Read>> byFile)
      throws IOException {
    for (long at = offset; dst.hasRemaining(); ) {
      long sector = at / Fields.SECTOR;
      int skip = (int) (at % Fields.SECTOR);
      if (sector >= links.sectors()) {
        throw new EOFException(name + ": at byte " + at + ": ends here, too early");
      }
      var piece = cursor.at(sector, Math.ceilDiv(skip + dst.remaining(), Fields.SECTOR));
      int length = (int) Math.min(dst.remaining(), piece.sectors() * Fields.SECTOR - skip);
      var part = dst.duplicate().limit(dst.position() + length);
      switch (piece) {
        case Piece.Zero zero -> part.put(new byte[length]);
        case Piece.Data data -> add(part, data, skip, byFile);
        case Piece.Absent absent ->
            throw new IOException(
                "%s: at byte %d: the delta has nothing here, and its parent is not open"
                    .formatted(name, at));
      }
      dst.position(dst.position() + length);
      at += length;
    }
  }

  private static void add(
      ByteBuffer part, Piece.Data data, int skip, Map<Disk, List<Read>> byFile) {
    new Read(part, data.position() + skip)
        .addTo(byFile.computeIfAbsent(data.content(), file -> new ArrayList<>()));
  }
}
