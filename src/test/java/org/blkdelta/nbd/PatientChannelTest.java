package org.blkdelta.nbd;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nothing of a server is waited for longer than is patient.
class PatientChannelTest {

  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path folder;

  @Test
  void bytes_go_both_ways() throws IOException {
    try (var server = listening();
        var channel = PatientChannel.connect(server.getLocalAddress(), LONG);
        var other = server.accept()) {
      assertEquals(3, channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3})));
      var there = ByteBuffer.allocate(3);
      while (there.hasRemaining()) {
        other.read(there);
      }
      assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), there.flip());
      other.write(there);
      assertEquals(3, channel.read(ByteBuffer.allocate(10)));
      other.shutdownOutput();
      assertEquals(-1, channel.read(ByteBuffer.allocate(10)));
    }
  }

  @Test
  void silence_ends() throws IOException {
    try (var server = listening();
        var channel = PatientChannel.connect(server.getLocalAddress(), SHORT)) {
      channel.begun(SHORT);
      assertThrows(SocketTimeoutException.class, () -> channel.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void what_is_not_taken_ends_too() throws IOException {
    try (var server = listening();
        var channel = PatientChannel.connect(server.getLocalAddress(), SHORT)) {
      channel.begun(SHORT);
      assertThrows(
          SocketTimeoutException.class, () -> channel.write(ByteBuffer.allocate(64 << 20)));
    }
  }

  /// A byte now and then would keep a handshake going for ever.
  @Test
  void before_it_has_begun_all_must_be_done_in_time() throws IOException {
    try (var server = listening();
        var channel = PatientChannel.connect(server.getLocalAddress(), SHORT);
        var other = server.accept()) {
      var one = ByteBuffer.allocate(1);
      assertThrows(
          SocketTimeoutException.class,
          () -> {
            while (true) {
              other.write(ByteBuffer.allocate(1));
              channel.read(one.clear());
            }
          });
    }
  }

  @Test
  void a_server_that_says_nothing_is_the_sources_fault() throws IOException {
    try (var server = listening()) {
      var uri = ExportUri.parse("nbd+unix:///web?socket=" + folder.resolve("socket"));
      var silent =
          assertThrows(
              SourceException.class,
              () -> ExportSource.open(uri, Selection.WHOLE, OptionalLong.empty(), SHORT));
      assertSays(silent, uri.text() + ": the server said nothing for too long; ");
      assertTrue(server.isOpen());
    }
  }

  @Test
  void a_server_that_is_not_there_is_no_connection() throws IOException {
    int port;
    try (var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      port = ((InetSocketAddress) server.getLocalAddress()).getPort();
    }
    for (var text :
        new String[] {
          "nbd+unix:///web?socket=" + folder.resolve("socket"),
          "nbd://127.0.0.1:" + port + "/web",
          "nbd+unix:///web?socket=" + folder.resolve("x".repeat(120)),
        }) {
      var uri = ExportUri.parse(text);
      var refused =
          assertThrows(
              ConnectionException.class,
              () -> ExportSource.open(uri, Selection.WHOLE, OptionalLong.empty()));
      assertSays(refused, text + ": the server cannot be reached: ", "; see whether it runs");
    }
  }

  private ServerSocketChannel listening() throws IOException {
    var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(folder.resolve("socket")));
    return server;
  }
}
