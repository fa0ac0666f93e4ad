package org.blkdelta.cli;

import java.io.IOException;
import java.io.OutputStream;

/// Standard output into a file on a disk that takes only so many bytes more.
final class FullDisk extends OutputStream {

  private long left;

  FullDisk(long bytes) {
    left = bytes;
  }

  @Override
  public void write(int value) throws IOException {
    if (left-- <= 0) {
      throw new IOException("No space left on device");
    }
  }
}
