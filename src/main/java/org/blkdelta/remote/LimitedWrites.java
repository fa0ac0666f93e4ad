package org.blkdelta.remote;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.UnaryOperator;

/// Hands on at most 1 MiB at a time: for each write the JDK allocates, outside of its heap, as much
/// as is written. A failure is explained by `explain`.
final class LimitedWrites extends OutputStream {

  private static final int LIMIT = 1024 * 1024;

  private final OutputStream out;
  private final UnaryOperator<IOException> explain;

  LimitedWrites(OutputStream out, UnaryOperator<IOException> explain) {
    this.out = out;
    this.explain = explain;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      int end = offset + length;
      for (int at = offset; at < end; at += LIMIT) {
        out.write(bytes, at, Math.min(LIMIT, end - at));
      }
    } catch (IOException e) {
      throw explain.apply(e);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw explain.apply(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      out.close();
    } catch (IOException e) {
      throw explain.apply(e);
    }
  }
}
