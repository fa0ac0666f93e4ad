package org.blkdelta.stripes;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
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
  private final Duration silence;
  private @Nullable InputStream stream;
  private @Nullable StripeMerger merger;
  private @Nullable Closeable met;

  /// Creates one that reads `first`; the caller closes both.
  ///
  /// @param silence how long nothing may come over any of several connections while something is
  ///     waited for
  public StripedInput(InputStream first, Meeting meeting, Duration silence) {
    this.first = first;
    this.meeting = meeting;
    this.silence = silence;
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
    if (merger != null) {
      merger.close();
    }
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
    if (!Stripes.isMagic(start)) {
      return new SequenceInputStream(new ByteArrayInputStream(start), first);
    }
    var name = HexFormat.of().formatHex(first.readNBytes(StripedOutput.NAME_SIZE));
    if (name.length() < 2 * StripedOutput.NAME_SIZE) {
      throw new EOFException("the stream is cut off");
    }
    var merging = new StripeMerger(silence);
    merger = merging;
    merging.add(first);
    met = meeting.begin(name, merging::add);
    return merging;
  }
}
