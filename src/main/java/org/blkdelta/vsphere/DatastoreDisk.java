package org.blkdelta.vsphere;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// A file of a datastore that is read by ranges, several at a time.
final class DatastoreDisk implements Disk {

  private final DatastoreFiles files;
  private final String file;
  private final long size;
  private final ExecutorService readers;

  /// @param readers threads that others use too
  DatastoreDisk(DatastoreFiles files, String file, long size, ExecutorService readers) {
    this.files = files;
    this.file = file;
    this.size = size;
    this.readers = readers;
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
    if (reads.size() == 1) {
      read(reads.getFirst().dst(), reads.getFirst().offset());
      return;
    }
    var under = new ArrayList<Future<?>>();
    for (var each : reads) {
      under.add(
          readers.submit(
              () -> {
                read(each.dst(), each.offset());
                return null;
              }));
    }
    IOException fault = null;
    for (var each : under) {
      try {
        each.get();
      } catch (ExecutionException failed) {
        fault = failed.getCause() instanceof IOException told ? told : new IOException(failed);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        fault = new IOException("interrupted", stopped);
      }
    }
    if (fault != null) {
      throw fault;
    }
  }

  @Override
  public void close() {
    // each read is a request of its own
  }
}
