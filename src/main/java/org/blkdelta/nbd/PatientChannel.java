package org.blkdelta.nbd;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// A socket that waits for the other side, but not for ever. Used by one thread at a time.
final class PatientChannel implements ByteChannel {

  private final SocketChannel socket;
  private final Selector selector;
  private final SelectionKey key;
  private Duration patience;
  private long deadline;
  private boolean hasDeadline = true;

  private PatientChannel(
      SocketChannel socket, Selector selector, SelectionKey key, Duration patience) {
    this.socket = socket;
    this.selector = selector;
    this.key = key;
    this.patience = patience;
    this.deadline = System.nanoTime() + patience.toNanos();
  }

  /// Connects; the caller closes this. Until [#begun] everything together must be done in
  /// `patience`.
  ///
  /// @param patience how long is waited
  /// @throws IOException if nothing answers
  static PatientChannel connect(SocketAddress address, Duration patience) throws IOException {
    boolean isLocal = address instanceof UnixDomainSocketAddress;
    var socket = isLocal ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
    try {
      if (!isLocal) {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      socket.configureBlocking(false);
      var selector = Selector.open();
      var key = socket.register(selector, 0);
      var channel = new PatientChannel(socket, selector, key, patience);
      if (!socket.connect(address)) {
        channel.await(SelectionKey.OP_CONNECT);
        socket.finishConnect();
      }
      return channel;
    } catch (IOException | RuntimeException fault) {
      socket.close();
      throw fault;
    }
  }

  /// From now on each wait by itself may be so long.
  void begun(Duration each) {
    patience = each;
    hasDeadline = false;
  }

  /// From now on everything together must be done in the patience that it was connected with.
  void again() {
    hasDeadline = true;
    deadline = System.nanoTime() + patience.toNanos();
  }

  /// @throws SocketTimeoutException if nothing came in time
  @Override
  public int read(ByteBuffer dst) throws IOException {
    if (hasDeadline && System.nanoTime() - deadline > 0) {
      throw new SocketTimeoutException(); // a byte now and then would go on for ever
    }
    while (true) {
      int count = socket.read(dst);
      if (count != 0) {
        return count;
      }
      await(SelectionKey.OP_READ);
    }
  }

  /// Writes all of it.
  ///
  /// @throws SocketTimeoutException if it was not taken in time
  @Override
  public int write(ByteBuffer src) throws IOException {
    int length = src.remaining();
    while (src.hasRemaining()) {
      if (socket.write(src) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
    return length;
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      socket.close();
    }
  }

  private void await(int operation) throws IOException {
    if (!hasDeadline) {
      deadline = System.nanoTime() + patience.toNanos();
    }
    key.interestOps(operation);
    do {
      long left = Math.ceilDiv(deadline - System.nanoTime(), 1_000_000);
      if (left <= 0) {
        throw new SocketTimeoutException();
      }
      selector.select(left);
    } while (!selector.selectedKeys().remove(key));
  }
}
