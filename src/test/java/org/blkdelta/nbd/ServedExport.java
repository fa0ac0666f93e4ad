package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// An NBD server on a socket, for the tests of commands. Each client gets what the export is then.
public final class ServedExport implements Closeable {

  private final Path socket;
  private final ServerSocketChannel listening;
  private final Map<String, int[]> contexts = new LinkedHashMap<>();
  private volatile byte[] content;
  private volatile int flags = 3;
  private volatile int failing = -1;
  private volatile long failingFrom = Long.MAX_VALUE;

  private ServedExport(Path socket, ServerSocketChannel listening, byte[] content) {
    this.socket = socket;
    this.listening = listening;
    this.content = content;
  }

  /// Serves bytes; the caller closes it.
  public static ServedExport of(Path socket, byte[] content) throws IOException {
    var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
    var served = new ServedExport(socket, listening, content);
    Thread.ofPlatform().daemon().name("nbd server").start(served::serve);
    return served;
  }

  /// Returns its URI.
  public String uri() {
    return "nbd+unix:///web?socket=" + socket;
  }

  /// Serves other bytes from now on.
  public void content(byte[] bytes) {
    content = bytes;
  }

  /// Lets it be written from now on.
  ///
  /// @param more what else it can do; see doc/proto.md
  public void writable(int more) {
    flags = 1 | more;
  }

  /// Answers a command with an input/output error from now on; none by -1.
  public void failing(int command) {
    failing = command;
  }

  /// Cuts the connection from now on where a read goes beyond a byte, or a write if it can be
  /// written.
  public void failFrom(long offset) {
    failingFrom = offset;
  }

  /// Has a context from now on, of runs: length and flags, length and flags…
  public synchronized void context(String name, int... runs) {
    contexts.put(name, runs);
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }

  private void serve() {
    try {
      while (true) {
        try (var client = listening.accept()) {
          serve(client, server());
        } catch (ClosedChannelException closed) {
          return;
        }
      }
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private synchronized AnsweringServer server() {
    var server = new AnsweringServer(content).failing(failing, 5);
    if (flags == 3) {
      server.cutFrom(failingFrom);
    } else {
      server.writable(flags).cutWritesFrom(failingFrom);
    }
    contexts.forEach(
        (name, numbers) -> {
          var runs = new AnsweringServer.Run[numbers.length / 2];
          for (int i = 0; i < runs.length; i++) {
            runs[i] = new AnsweringServer.Run(numbers[2 * i], numbers[2 * i + 1]);
          }
          server.context(name, runs);
        });
    return server;
  }

  private static void serve(SocketChannel client, AnsweringServer server) throws IOException {
    var asked = ByteBuffer.allocate(1 << 16);
    var answer = ByteBuffer.allocate(1 << 16);
    do {
      while (server.read(answer.clear()) > 0) {
        for (answer.flip(); answer.hasRemaining(); ) {
          client.write(answer);
        }
      }
      if (server.isCut() || client.read(asked.clear()) < 0) {
        return;
      }
      server.write(asked.flip());
    } while (true);
  }
}
