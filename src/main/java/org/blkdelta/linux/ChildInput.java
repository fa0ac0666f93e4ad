package org.blkdelta.linux;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// A pipe to the standard input of a child of this process, which tells whether the child has read
/// anything at all: if it has not, nothing can have come of what was written.
///
/// One thread writes. Closing the stream closes our end; close this too, in any case.
public final class ChildInput extends OutputStream {

  /// A write of so many bytes is made whole or not at all; see pipe(7), PIPE_BUF.
  private static final int ATOMIC = 4096;

  private final NativeFile readEnd;
  private final NativeFile writeEnd;
  private final FileOutputStream out;
  private volatile long written;
  private volatile boolean read;
  private boolean closed;

  private ChildInput(NativeFile readEnd, NativeFile writeEnd) throws IOException {
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
    this.out = new FileOutputStream(writeEnd.path().toFile());
  }

  /// Opens one; the caller closes it.
  public static ChildInput open() throws IOException {
    var ends = NativeFile.pipe();
    return new ChildInput(ends.get(0), ends.get(1));
  }

  /// Returns what the child is to be given as its standard input.
  public File file() {
    return readEnd.path().toFile();
  }

  /// Leaves the reading to the child, once it has started: that it ends is seen by a write then.
  public void handOver() throws IOException {
    readEnd.close();
  }

  /// Returns whether nothing has been read of what was written; after the end of the child, nothing
  /// ever will.
  public synchronized boolean isUntouched() throws IOException {
    if (!read && !closed) {
      long before = written; // more may be written meanwhile
      read = writeEnd.unread() < before;
    }
    return !read;
  }

  /// Returns whether something was written.
  public boolean isUsed() {
    return written > 0;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int at = 0;
    while (at < length && !read) {
      int piece = Math.min(ATOMIC, length - at);
      out.write(bytes, offset + at, piece);
      at += piece;
      written += piece;
      isUntouched();
    }
    if (at < length) {
      out.write(bytes, offset + at, length - at);
    }
  }

  /// Closes both ends; whether it is untouched remains known.
  @Override
  public synchronized void close() throws IOException {
    isUntouched();
    closed = true;
    try (readEnd;
        writeEnd) {
      out.close();
    }
  }
}
