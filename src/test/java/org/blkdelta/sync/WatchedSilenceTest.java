package org.blkdelta.sync;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WatchedSilenceTest {

  @Test
  void a_read_for_which_nothing_comes_ends_the_connection() throws IOException {
    var pipe = Pipe.open();
    try (var sink = pipe.sink();
        var in = Channels.newInputStream(pipe.source())) {
      var watched = new WatchedSilence(in, Duration.ofMillis(50), () -> close(in));
      sink.write(ByteBuffer.wrap(new byte[] {7}));
      assertEquals(7, watched.read());
      assertFalse(watched.isGivenUp());
      var silent = assertThrows(IOException.class, watched::read);
      assertSays(silent, "it said nothing for 0 s");
      assertTrue(watched.isGivenUp());
    }
  }

  @Test
  void an_end_is_an_end() throws IOException {
    var watched =
        new WatchedSilence(
            new ByteArrayInputStream(new byte[3]),
            Duration.ofDays(1),
            () -> {
              throw new AssertionError();
            });
    assertEquals(3, watched.readAllBytes().length);
    assertFalse(watched.isGivenUp());
  }

  private static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }
}
