package org.blkdelta.wire;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Counts the bytes that pass.
public final class CountedOutput extends FilterOutputStream {

  private long count;

  /// Creates one that closes `out` when it is closed.
  public CountedOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int one) throws IOException {
    out.write(one);
    count++;
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    out.write(from, offset, length);
    count += length;
  }

  /// Returns how many bytes have passed.
  public long count() {
    return count;
  }
}
