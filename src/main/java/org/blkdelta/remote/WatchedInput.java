package org.blkdelta.remote;

import java.io.IOException;
import java.io.InputStream;

/// What a remote command prints, with an eye on each read: an end of file may be the command's own,
/// or the connection's.
final class WatchedInput extends InputStream {

  /// Is told how many bytes a read gave, -1 at the end, and may fail it.
  @FunctionalInterface
  interface Watch {
    void read(int count) throws IOException;
  }

  private final InputStream source;
  private final Watch watch;

  WatchedInput(InputStream source, Watch watch) {
    this.source = source;
    this.watch = watch;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = source.read(bytes, offset, length);
    watch.read(count);
    return count;
  }

  /// Never negative, as the channel's own answer is at the end.
  @Override
  public int available() throws IOException {
    return Math.max(0, source.available());
  }
}
