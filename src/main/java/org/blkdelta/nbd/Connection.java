package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// The bytes to and from a server. Whatever goes wrong with them is the source's fault, and is said
/// with the export's name. Used by one thread at a time.
final class Connection implements Closeable {

  /// So much is taken at once: it stays in the processor's cache until it is where it belongs.
  private static final int WINDOW = 256 << 10;

  private static final String AGAIN = "; see the server's log, and run this again";

  private final String name;
  private final ByteChannel channel;
  private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW).limit(0);

  /// Creates one over a channel, which is closed with this.
  ///
  /// @param name what messages call the export
  Connection(String name, ByteChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  /// Returns what messages call the export.
  String name() {
    return name;
  }

  /// Returns a fault of the server or of what it sent, to be thrown.
  ///
  /// @param what was found, and what to do
  SourceException fault(String what) {
    return new SourceException(name + ": " + what);
  }

  int u16() throws IOException {
    return next(Short.BYTES).getShort() & 0xffff;
  }

  long u32() throws IOException {
    return next(Integer.BYTES).getInt() & 0xffff_ffffL;
  }

  /// Returns 64 bits; as a number they may be negative, which no size or offset is.
  long i64() throws IOException {
    return next(Long.BYTES).getLong();
  }

  /// Returns so many bytes; the caller has looked that they are not too many.
  byte[] bytes(int count) throws IOException {
    var bytes = new byte[count];
    fill(ByteBuffer.wrap(bytes));
    return bytes;
  }

  /// Fills a buffer.
  void fill(ByteBuffer dst) throws IOException {
    while (dst.hasRemaining()) {
      if (!window.hasRemaining()) {
        window.clear();
        receive();
      }
      int count = Math.min(window.remaining(), dst.remaining());
      dst.put(window.slice(window.position(), count));
      window.position(window.position() + count);
    }
  }

  /// Sends all of a buffer.
  void send(ByteBuffer src) throws IOException {
    try {
      channel.write(src);
    } catch (IOException fault) {
      throw broken(fault);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private ByteBuffer next(int count) throws IOException {
    if (window.remaining() < count) {
      window.compact();
      while (window.position() < count) {
        receiveInto();
      }
      window.flip();
    }
    window.position(window.position() + count);
    return window.slice(window.position() - count, count);
  }

  private void receive() throws IOException {
    try {
      receiveInto();
    } finally {
      window.flip();
    }
  }

  private void receiveInto() throws IOException {
    int count;
    try {
      count = channel.read(window);
    } catch (IOException fault) {
      throw broken(fault);
    }
    if (count < 0) {
      throw fault("the server closed the connection too early" + AGAIN);
    }
  }

  private SourceException broken(IOException fault) {
    var what =
        fault instanceof SocketTimeoutException
            ? "the server said nothing for too long"
            : "the connection broke: " + SyncException.describe(fault);
    return new SourceException(name + ": " + what + AGAIN, fault);
  }
}
