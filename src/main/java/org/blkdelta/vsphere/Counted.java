package org.blkdelta.vsphere;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream whose bytes are counted as they come.
abstract class Counted extends FilterInputStream {

  Counted(InputStream in) {
    super(in);
  }

  /// Is told of bytes that came; 0 at the end.
  ///
  /// @throws IOException if no more are wanted
  abstract void count(int bytes) throws IOException;

  @Override
  public int read() throws IOException {
    int read = in.read();
    count(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = in.read(bytes, offset, length);
    count(Math.max(0, read));
    return read;
  }
}
