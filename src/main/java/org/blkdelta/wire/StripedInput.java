package org.blkdelta.wire;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What comes over a connection: a stream, or one that is dealt over this connection and others,
/// which is put together again. Nothing is read before the first byte is asked for.
public final class StripedInput extends InputStream {

  /// Lets other connections join.
  @FunctionalInterface
  public interface Meeting {

    /// Begins to let them; each is given to `joined`, by any thread, until what this returns is
    /// closed.
    ///
    /// @param name by which they know each other: 32 hexadecimal digits
    Closeable begin(String name, Consumer<InputStream> joined) throws IOException;
  }

  private final InputStream first;
  private final Meeting meeting;
  private @Nullable InputStream stream;
  private @Nullable Closeable met;

  /// Creates one that reads `first`; the caller closes both.
  public StripedInput(InputStream first, Meeting meeting) {
    this.first = first;
    this.meeting = meeting;
  }

  @Override
  public int read() throws IOException {
    return opened().read();
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    return opened().read(to, offset, length);
  }

  @Override
  public void close() throws IOException {
    if (met != null) {
      met.close();
    }
  }

  private InputStream opened() throws IOException {
    if (stream == null) {
      stream = open();
    }
    return stream;
  }

  private InputStream open() throws IOException {
    var start = first.readNBytes(Stripes.magic().length);
    if (!Arrays.equals(start, Stripes.magic())) {
      return new SequenceInputStream(new ByteArrayInputStream(start), first);
    }
    var name = HexFormat.of().formatHex(first.readNBytes(StripedOutput.NAME_SIZE));
    var merger = new StripeMerger();
    merger.add(first);
    met = meeting.begin(name, merger::add);
    return merger;
  }
}
