package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Agents that answer what no agent should.
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
class AgentClientTest {

  private static final int IDENTITIES_ANSWER = 12;

  @TempDir Path directory;

  @Test
  void an_agent_without_keys_has_none() throws Exception {
    assertFalse(identities(5, IDENTITIES_ANSWER, 0, 0, 0, 0).iterator().hasNext());
  }

  @Test
  void an_answer_that_is_too_long_is_refused_before_it_is_read() {
    var refused = assertThrows(IOException.class, () -> identities(0x7fffffff));
    assertEquals("the agent's answer has a length of 2147483647", refused.getMessage());
  }

  @Test
  void an_answer_without_a_type_is_refused() {
    assertThrows(IOException.class, () -> identities(0));
    assertThrows(IOException.class, () -> identities(-1));
  }

  @Test
  void an_answer_that_breaks_off_is_refused() {
    var refused = assertThrows(IOException.class, () -> identities(100, IDENTITIES_ANSWER));
    assertEquals("the agent closed the connection", refused.getMessage());
  }

  @Test
  void an_answer_of_another_type_or_with_a_million_keys_is_refused() {
    assertThrows(IOException.class, () -> identities(1, 5));
    assertThrows(IOException.class, () -> identities(5, IDENTITIES_ANSWER, 0, 0x10, 0, 0));
  }

  /// Asks an agent that answers with a message of this length and of these bytes.
  private Iterable<?> identities(int length, int... bytes) throws Exception {
    var address = UnixDomainSocketAddress.of(directory.resolve("agent" + System.nanoTime()));
    try (var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(address);
      var agent = new Thread(() -> answer(listening, length, bytes));
      agent.start();
      try (var client = new AgentClient(address.getPath())) {
        return client.getIdentities();
      } finally {
        agent.join();
      }
    }
  }

  private static void answer(ServerSocketChannel listening, int length, int... bytes) {
    try (var connection = listening.accept()) {
      connection.read(ByteBuffer.allocate(5));
      var message = ByteBuffer.allocate(Integer.BYTES + bytes.length).putInt(length);
      for (int b : bytes) {
        message.put((byte) b);
      }
      connection.write(message.flip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
