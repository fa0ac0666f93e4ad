package org.blkdelta.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;

/// TLS over another channel, which does the waiting. Used by one thread at a time.
final class TlsChannel implements ByteChannel {

  /// More than a record has, encrypted or not.
  private static final int SPACE = 64 << 10;

  /// An honest peer sends a few records without content: tickets, new keys.
  private static final int MAX_EMPTY = 1000;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final ByteChannel channel;
  private final SSLEngine engine;
  private final ByteBuffer received = ByteBuffer.allocateDirect(SPACE).limit(0);
  private final ByteBuffer decrypted = ByteBuffer.allocateDirect(SPACE).limit(0);
  private final ByteBuffer encrypted = ByteBuffer.allocateDirect(SPACE);
  private boolean isOver;

  private TlsChannel(ByteChannel channel, SSLEngine engine) {
    this.channel = channel;
    this.engine = engine;
  }

  /// Agrees on the keys, and checks who the peer is.
  ///
  /// @param channel closed with what is returned
  /// @param engine not begun yet
  /// @throws javax.net.ssl.SSLException if the peer's certificate is refused, or it refuses ours
  static TlsChannel open(ByteChannel channel, SSLEngine engine) throws IOException {
    var tls = new TlsChannel(channel, engine);
    engine.beginHandshake();
    for (int records = 0; !tls.isSettled(); records++) {
      tls.decrypt();
      if (tls.isOver || records > MAX_EMPTY) {
        throw new EOFException("ended before it began");
      }
    }
    return tls;
  }

  @Override
  public int read(ByteBuffer dst) throws IOException {
    for (int empty = 0; !decrypted.hasRemaining(); empty++) {
      if (empty > MAX_EMPTY) {
        throw new IOException("the server sends TLS records without content, and no end of them");
      }
      decrypt();
      if (isOver) {
        return -1;
      }
      isSettled();
    }
    int count = Math.min(decrypted.remaining(), dst.remaining());
    dst.put(decrypted.slice(decrypted.position(), count));
    decrypted.position(decrypted.position() + count);
    return count;
  }

  /// Writes all of it.
  @Override
  public int write(ByteBuffer src) throws IOException {
    int length = src.remaining();
    while (src.hasRemaining()) {
      encrypt(src);
    }
    return length;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  /// Says that this is the end, if the peer still listens.
  @Override
  public void close() throws IOException {
    try (channel) {
      engine.closeOutbound();
      encrypt(NOTHING);
    } catch (IOException gone) {
      // who waits for more than the protocol says has its own end
    }
  }

  /// Does what the engine wants before it can read on; it may want so at any time. Returns whether
  /// it wants nothing more, not even an answer.
  private boolean isSettled() throws IOException {
    while (true) {
      var wanted = engine.getHandshakeStatus();
      if (wanted == HandshakeStatus.NEED_TASK) {
        for (var task = engine.getDelegatedTask(); task != null; ) {
          task.run();
          task = engine.getDelegatedTask();
        }
      } else if (wanted == HandshakeStatus.NEED_WRAP) {
        encrypt(NOTHING);
      } else {
        return wanted == HandshakeStatus.NOT_HANDSHAKING;
      }
    }
  }

  private void encrypt(ByteBuffer src) throws IOException {
    var done = engine.wrap(src, encrypted.clear());
    encrypted.flip();
    while (encrypted.hasRemaining()) {
      channel.write(encrypted);
    }
    if (done.getStatus() == Status.CLOSED && src.hasRemaining()) {
      throw new EOFException("the server ended TLS");
    }
  }

  /// Decrypts the next record, which may have no content.
  private void decrypt() throws IOException {
    decrypted.clear();
    try {
      var status = engine.unwrap(received, decrypted).getStatus();
      while (status == Status.BUFFER_UNDERFLOW && receive()) {
        status = engine.unwrap(received, decrypted).getStatus();
      }
      isOver = status != Status.OK;
    } finally {
      decrypted.flip();
    }
  }

  /// Returns whether more came.
  private boolean receive() throws IOException {
    received.compact();
    try {
      return channel.read(received) >= 0;
    } finally {
      received.flip();
    }
  }
}
