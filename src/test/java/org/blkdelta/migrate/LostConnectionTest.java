package org.blkdelta.migrate;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.remote.LoopbackServer;
import org.blkdelta.remote.Questions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A connection that breaks while something runs over it is told as that, not as an internal error.
@Timeout(60)
class LostConnectionTest {

  private final CompletableFuture<LoopbackServer> ready = new CompletableFuture<>();
  private LoopbackServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        LoopbackServer.start(
            (line, in, out, err) -> {
              out.write('{');
              out.flush();
              ready.join().close();
              return 0;
            });
    ready.complete(server);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void of_a_program_that_ran() {
    var commands = new FarCommands(server.host(), server.options(), Questions.NOBODY);
    var fault = assertThrows(ConnectionException.class, () -> commands.run(List.of("lvs")));
    assertSays(fault, ": lvs: ");
  }

  @Test
  void of_a_guardian_that_was_asked() {
    var guardians =
        new GuardianPrograms("web", Optional.of(server.host()), server.options(), Questions.NOBODY);
    var fault = assertThrows(ConnectionException.class, () -> guardians.settle("id"));
    assertSays(fault, "what came of the cutover cannot be found out: ");
  }
}
