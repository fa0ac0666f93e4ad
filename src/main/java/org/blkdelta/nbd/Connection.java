package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import javax.net.ssl.SSLEngine;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// The bytes to and from a server. Whatever goes wrong with them is said with the export's name, as
/// a fault of its side. Used by one thread at a time.
final class Connection implements Closeable {

  /// So much is taken at once: it stays in the processor's cache until it is where it belongs.
  private static final int WINDOW = 256 << 10;

  /// Fewer bytes are copied sooner than the system is asked for them.
  private static final int FEW = 4 << 10;

  private static final String AGAIN = "; see the server's log, and run this again";

  private final String name;
  private final Side side;
  private ByteChannel channel;
  private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW).limit(0);

  /// Whether TLS has begun, and nothing came by it yet: who does not want us ends it then.
  private boolean isOnTrial;

  /// So much is taken into the window at most.
  private int most = WINDOW;

  /// Creates one over a channel, which is closed with this.
  ///
  /// @param name what messages call the export
  /// @param side what the export is to the run
  Connection(String name, Side side, ByteChannel channel) {
    this.name = name;
    this.side = side;
    this.channel = channel;
  }

  /// Returns what messages call the export.
  String name() {
    return name;
  }

  /// Returns a fault of the server or of what it sent, to be thrown.
  ///
  /// @param what was found, and what to do
  IOException fault(String what) {
    return side.fault(name + ": " + what);
  }

  /// Returns a fault that was thrown before, to be thrown again.
  IOException again(IOException fault) {
    return side.fault(String.valueOf(fault.getMessage()), fault);
  }

  /// Encrypts all that is sent and received from now on.
  ///
  /// @throws ConnectionException if the server is not who it should be, or does not know us
  void encrypt(SSLEngine engine) throws IOException {
    if (window.hasRemaining()) {
      throw fault(
          "the server sends something in the clear after it agreed to TLS; use another one");
    }
    try {
      channel = TlsChannel.open(channel, engine);
      isOnTrial = true;
    } catch (IOException fault) {
      throw new ConnectionException(name + ": " + TlsFault.words(fault, engine), fault);
    }
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

  /// Fills a buffer. The system fills a large one outside the heap by itself, and of what follows
  /// little more than a header is taken into the window.
  void fill(ByteBuffer dst) throws IOException {
    most = WINDOW;
    while (dst.hasRemaining()) {
      if (window.hasRemaining()) {
        int count = Math.min(window.remaining(), dst.remaining());
        dst.put(window.slice(window.position(), count));
        window.position(window.position() + count);
      } else if (dst.isDirect() && dst.remaining() >= FEW) {
        receive(dst);
        most = FEW;
      } else {
        refill(1);
      }
    }
  }

  /// Sends all of a buffer.
  void send(ByteBuffer src) throws IOException {
    try {
      while (src.hasRemaining()) {
        // the JDK copies it once more, and keeps a buffer of that size for each thread
        int count = Math.min(WINDOW, src.remaining());
        channel.write(src.slice(src.position(), count));
        src.position(src.position() + count);
      }
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
      refill(count);
    }
    window.position(window.position() + count);
    return window.slice(window.position() - count, count);
  }

  /// Receives until the window has at least `count` bytes.
  private void refill(int count) throws IOException {
    window.compact().limit(most);
    try {
      while (window.position() < count) {
        receive(window);
      }
    } finally {
      window.flip();
    }
  }

  private void receive(ByteBuffer dst) throws IOException {
    int count;
    try {
      count = channel.read(dst);
    } catch (IOException fault) {
      throw broken(fault);
    }
    if (count < 0) {
      throw isOnTrial ? unwanted() : fault("the server closed the connection too early" + AGAIN);
    }
    isOnTrial = false;
  }

  private ConnectionException unwanted() {
    return new ConnectionException(
        name
            + ": the server ended TLS when it saw who we are; give it client-cert.pem and client-key.pem that it trusts, or see its log");
  }

  private IOException broken(IOException fault) {
    if (isOnTrial && !(fault instanceof SocketTimeoutException)) {
      return unwanted();
    }
    var what =
        fault instanceof SocketTimeoutException
            ? "the server said nothing for too long"
            : "the connection broke: " + SyncException.describe(fault);
    return side.fault(name + ": " + what + AGAIN, fault);
  }
}
