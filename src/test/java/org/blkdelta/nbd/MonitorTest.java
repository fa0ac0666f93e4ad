package org.blkdelta.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whatever answers at the socket, the talk ends, and what was wrong is said.
class MonitorTest {

  private static final String GREETING = "{\"QMP\": {\"capabilities\": [\"oob\"]}}\r\n";
  private static final String AGREED =
      GREETING + "{\"event\": \"SHUTDOWN\"}\r\n{\"return\": {}, \"id\": \"blkdelta-1\"}\r\n";
  private static final String NAME = "qmp+unix:///disk?socket=/x";
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void a_command_is_answered_between_events() throws IOException {
    var script =
        AGREED
            + "{\"event\": \"JOB_STATUS_CHANGE\", \"data\": {}}\n"
            + "{\"return\": [1], \"id\": \"blkdelta-2\"}\n";
    try (var server = new Server(script, false);
        var monitor = server.connect()) {
      assertEquals("[1]", monitor.run("query-block-jobs").toString());
    }
  }

  @Test
  void a_refusal_is_told_in_words_of_qemu() throws IOException {
    var script =
        AGREED
            + "{\"id\": \"blkdelta-2\", \"error\": {\"class\": \"GenericError\", \"desc\": \"no\\nway\"}}\n"
            + "{\"id\": \"blkdelta-3\", \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"x\"}}\n";
    try (var server = new Server(script, false);
        var monitor = server.connect()) {
      var refused = assertThrows(SourceException.class, () -> monitor.run("transaction"));
      assertEquals(
          NAME + ": QEMU refuses transaction: no?way; see QEMU's log", refused.getMessage());
      var unknown = monitor.answer("foo", new JsonObject());
      assertEquals("CommandNotFound", unknown.kind());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`HTTP/1.1 400 Bad Request\r\n`|says what is not JSON",
        "`[]\n`|says what is not an object",
        "`{\"hello\": 1}\n`|greets like something else",
        "`{\"QMP\": {}}\n{\"return\": {}, \"id\": \"blkdelta-7\"}\n`|answers what was not asked",
        "`{\"QMP\": {}}\n{\"return\": {}}\n`|answers what was not asked",
        "`{\"QMP\": {}}\n{\"id\": \"blkdelta-1\"}\n`|answers neither yes nor no",
        "`{\"QMP\": {}} {}\n`|says what is not",
      })
  void what_is_no_monitor_is_refused(String script, String what) throws IOException {
    try (var server = new Server(script, false)) {
      var refused = assertThrows(SourceException.class, server::connect);
      assertTrue(String.valueOf(refused.getMessage()).contains(what), refused.getMessage());
    }
  }

  @Test
  void a_line_without_an_end_and_values_in_values_are_refused() throws IOException {
    for (var script :
        new String[] {"{\"a\": \"" + "x".repeat(17 << 20), "[".repeat(100_000) + "\n"}) {
      try (var server = new Server(script, false)) {
        assertThrows(SourceException.class, server::connect);
      }
    }
  }

  @Test
  void events_without_an_end_are_refused() throws IOException {
    try (var server = new Server(AGREED + "{\"event\": \"X\"}\n".repeat(110_000), true);
        var monitor = server.connect()) {
      var refused = assertThrows(SourceException.class, () -> monitor.run("query-block-jobs"));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("everything but an answer"),
          refused.getMessage());
    }
  }

  @Test
  void one_that_serves_another_client_says_nothing() throws IOException {
    try (var server = new Server("", true)) {
      var busy = assertThrows(ConnectionException.class, () -> server.connect(SHORT));
      assertTrue(
          String.valueOf(busy.getMessage()).contains("it serves one client at a time"),
          busy.getMessage());
    }
  }

  @Test
  void silence_ends_a_command() throws IOException {
    try (var server = new Server(AGREED, true);
        var monitor = server.connect(SHORT)) {
      var silent = assertThrows(SourceException.class, () -> monitor.run("transaction"));
      assertTrue(
          String.valueOf(silent.getMessage()).contains("said nothing for too long"),
          silent.getMessage());
    }
  }

  @Test
  void one_that_is_cut_at_any_byte_is_never_taken_for_an_answer() throws IOException {
    var script = AGREED + "{\"return\": [], \"id\": \"blkdelta-2\"}\n";
    for (int length = 0; length < script.length(); length++) {
      try (var server = new Server(script.substring(0, length), false)) {
        assertThrows(
            SyncException.class,
            () -> {
              try (var monitor = server.connect()) {
                monitor.run("query-block-jobs");
              }
            },
            "cut at byte " + length);
      }
    }
  }

  @Test
  void nobody_there_is_a_fault_of_the_connection() {
    assertThrows(
        ConnectionException.class, () -> Monitor.connect(folder.resolve("none"), NAME, SHORT));
  }

  /// Says what it has to say to the first client, whatever it is asked.
  private final class Server implements Closeable {

    private final Path socket = folder.resolve("qmp");
    private final ServerSocketChannel channel;
    private final Thread thread;
    private final CountDownLatch end = new CountDownLatch(1);

    Server(String script, boolean isSilent) throws IOException {
      Files.deleteIfExists(socket);
      channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      channel.bind(UnixDomainSocketAddress.of(socket));
      thread = Thread.ofPlatform().start(() -> say(script, isSilent));
    }

    Monitor connect() throws IOException {
      return connect(LONG);
    }

    Monitor connect(Duration patience) throws IOException {
      return Monitor.connect(socket, NAME, patience);
    }

    private void say(String script, boolean isSilent) {
      try (var client = channel.accept()) {
        var bytes = ByteBuffer.wrap(script.getBytes(UTF_8));
        while (bytes.hasRemaining()) {
          client.write(bytes);
        }
        if (isSilent) {
          end.await();
        } else {
          client.shutdownOutput();
          client.read(ByteBuffer.allocate(1 << 16));
          end.await();
        }
      } catch (IOException | InterruptedException left) {
        // the client has heard enough
      }
    }

    @Override
    public void close() throws IOException {
      end.countDown();
      channel.close();
      try {
        thread.join();
      } catch (InterruptedException stopped) {
        throw new AssertionError(stopped);
      }
    }
  }
}
