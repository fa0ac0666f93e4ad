package org.blkdelta.remote;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.apache.sshd.agent.common.AbstractAgentProxy;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/// A connection to an SSH agent over the JDK's Unix-domain sockets. The library has the messages,
/// but its own transport needs a native library. Not safe for threads.
final class AgentClient extends AbstractAgentProxy {

  /// OpenSSH's own bound of a message.
  private static final int MAX_MESSAGE = 256 * 1024;

  private final SocketChannel channel;

  /// Connects to the agent that listens at `socket`.
  AgentClient(Path socket) throws IOException {
    super(null);
    this.channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  protected Buffer request(Buffer message) throws IOException {
    var request = ByteBuffer.wrap(message.array(), message.rpos(), message.available());
    while (request.hasRemaining()) {
      channel.write(request);
    }
    int length = read(Integer.BYTES).getInt();
    if (length < 1 || length > MAX_MESSAGE) {
      throw new IOException("the agent's answer has a length of " + length);
    }
    return new ByteArrayBuffer(read(length).array());
  }

  private ByteBuffer read(int length) throws IOException {
    var answer = ByteBuffer.allocate(length);
    while (answer.hasRemaining()) {
      if (channel.read(answer) < 0) {
        throw new EOFException("the agent closed the connection");
      }
    }
    return answer.flip();
  }
}
