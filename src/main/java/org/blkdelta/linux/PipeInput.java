package org.blkdelta.linux;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;

/// Reads an open file of this process that may be a pipe. A pipe is made wider before it is read:
/// whoever fills it, and we, wait for each other less often.
public final class PipeInput extends FileInputStream {

  /// As much as anybody may ask for; see pipe(7), /proc/sys/fs/pipe-max-size.
  private static final int WIDTH = 1 << 20;

  /// Read at once: it is copied once more, and so much stays in the processor's cache meanwhile.
  private static final int WINDOW = 256 << 10;

  private final int number;
  private boolean widened;

  /// Creates one that has not touched the pipe yet.
  ///
  /// @param number of the descriptor
  public PipeInput(FileDescriptor descriptor, int number) {
    super(descriptor);
    this.number = number;
  }

  /// Returns this, where a read fails for which nothing comes for so long. Closing it closes this.
  public InputStream givenUpAfter(Duration silence) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] to, int offset, int length) throws IOException {
        if (length > 0 && !NativeFile.awaitInput(number, silence)) {
          throw new InterruptedIOException("nothing came for %d s".formatted(silence.toSeconds()));
        }
        return PipeInput.this.read(to, offset, length);
      }

      @Override
      public void close() throws IOException {
        PipeInput.this.close();
      }
    };
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (!widened) {
      NativeFile.widenPipe(number, WIDTH);
      widened = true;
    }
    return super.read(to, offset, Math.min(length, WINDOW));
  }
}
