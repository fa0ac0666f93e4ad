package org.blkdelta.remote;

import java.io.IOException;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;
import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.nio2.Nio2Session;
import org.apache.sshd.common.util.Readable;

/// A session that acknowledges at once what the server sends, until its command runs. During the
/// login sshd sends nothing more until that comes (Nagle's algorithm), and Linux puts it off by 40
/// ms. See tcp(7), TCP_QUICKACK: the kernel forgets it, so it is said again after each read.
final class PromptSession extends ClientSessionImpl {

  private final Optional<AsynchronousSocketChannel> socket;
  private volatile boolean isRunning;

  private PromptSession(ClientFactoryManager client, IoSession io) throws Exception {
    super(client, io);
    socket =
        io instanceof Nio2Session nio
                && nio.getSocket().supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)
            ? Optional.of(nio.getSocket())
            : Optional.empty();
  }

  /// Returns what makes them.
  static SessionFactory factory(ClientFactoryManager client) {
    return new SessionFactory(client) {
      @Override
      protected ClientSessionImpl doCreateSession(IoSession io) throws Exception {
        return new PromptSession(client, io);
      }
    };
  }

  /// Leaves it to the kernel from now on, which knows better what a long transfer needs.
  void commandRuns() {
    isRunning = true;
  }

  @Override
  public void messageReceived(Readable message) throws Exception {
    if (!isRunning && socket.isPresent()) {
      try {
        socket.get().setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
      } catch (IOException closed) {
        isRunning = true; // the session finds out by itself
      }
    }
    super.messageReceived(message);
  }
}
