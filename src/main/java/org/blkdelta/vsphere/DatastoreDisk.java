package org.blkdelta.vsphere;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.Readers;
import org.blkdelta.failure.SourceException;

/// A file of a datastore that is read by ranges, several at a time.
final class DatastoreDisk implements Disk {

  /// So many requests are under way at once.
  private static final int MAX_READS = 8;

  private final DatastoreFiles files;
  private final String file;
  private final long size;
  private final Readers readers = new Readers(this::read, MAX_READS);

  DatastoreDisk(DatastoreFiles files, String file, long size) {
    this.files = files;
    this.file = file;
    this.size = size;
  }

  @Override
  public String name() {
    return files.nameOf(file);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    int length = dst.remaining();
    if (length == 0) {
      return;
    }
    if (offset < 0 || offset > size - length) {
      throw new EOFException(name() + ": ends before byte " + (offset + length));
    }
    var bytes = new byte[length];
    var answer = files.get(file, Optional.of(offset + "-" + (offset + length - 1)));
    try (var in = answer.body()) {
      if (!answer.isPart() || answer.total() != size) {
        throw new SourceException(
            name() + ": its size has changed, or the host gives no parts any more; run again");
      }
      DatastoreFiles.fill(in, bytes, length, name());
    }
    dst.put(bytes);
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    readers.readAll(reads);
  }

  @Override
  public void close() {
    readers.close();
  }
}
