package org.blkdelta.disk;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// A stream whose faults say whose they are: what cannot be read is the source's fault, whoever
/// reads it and whatever is done with it.
public final class SourceInput extends FilterInputStream {

  private final String name;
  private final String advice;

  /// Creates one.
  ///
  /// @param name what messages call the stream
  /// @param advice what to do when it cannot be read
  public SourceInput(InputStream in, String name, String advice) {
    super(in);
    this.name = name;
    this.advice = advice;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    try {
      return in.read(to, offset, length);
    } catch (IOException fault) {
      throw told(fault);
    }
  }

  @Override
  public long skip(long count) throws IOException {
    try {
      return in.skip(count);
    } catch (IOException fault) {
      throw told(fault);
    }
  }

  private SyncException told(IOException fault) {
    return fault instanceof SyncException told
        ? told
        : new SourceException(
            "%s: cannot be read: %s; %s".formatted(name, SyncException.describe(fault), advice),
            fault);
  }
}
