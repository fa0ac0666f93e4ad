package org.blkdelta.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.destination.StateStore;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ListedSource;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.ExternalClients;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A stream of lvmsync's to another host, whose exit status is all that it says.
class LvmsyncSendingTest {

  /// More than any pipe holds.
  private static final int SIZE = 8 << 20;

  @TempDir Path folder;

  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  @Test
  void a_peer_that_refuses_while_it_is_sent_to_keeps_its_words_and_its_exit_code()
      throws IOException {
    var refused =
        assertThrows(
            RefusedException.class,
            () -> send("head -c 1000 >/dev/null; echo 'web: is mounted at /srv' >&2; exit 5"));
    assertSays(refused, "is mounted at /srv");
  }

  @Test
  void a_peer_that_dies_while_it_is_sent_to_leaves_an_incomplete_destination() throws IOException {
    for (var end : List.of("exit 77", "kill -9 $$")) {
      var cut =
          assertThrows(
              IncompleteException.class, () -> send("head -c 1000 >/dev/null; " + end), end);
      assertSays(cut, "don't use the destination");
    }
  }

  @Test
  void nothing_is_said_to_have_been_sent_before_the_peer_said_how_it_went() throws IOException {
    assertThrows(
        RefusedException.class, () -> send("cat >/dev/null; echo 'web: is too small' >&2; exit 5"));
    assertFalse(told.toString(UTF_8).contains("sent"), told.toString(UTF_8));
    told.reset();
    send("cat >/dev/null");
    assertTrue(told.toString(UTF_8).contains("sent 1 extent, 8 MiB"), told.toString(UTF_8));
  }

  /// Whether the stream fits into the pipe or not: who never read it has changed nothing.
  @Test
  void a_client_that_takes_nothing_has_not_connected() throws IOException {
    for (int size : List.of(SIZE, 4096, 61440)) {
      for (var end : List.of("exit 255", "exit 1", "exit 0", "exec 0<&-; sleep 0.2; exit 255")) {
        var unconnected =
            assertThrows(
                ConnectionException.class,
                () -> send("echo 'no route to host' >&2; " + end, size),
                end + ", " + size);
        assertTrue(
            end.equals("exit 0") || String.valueOf(unconnected.getMessage()).contains("no route"),
            String.valueOf(unconnected.getMessage()));
      }
    }
    assertFalse(told.toString(UTF_8).contains("sent"), told.toString(UTF_8));
  }

  private void send(String script) throws IOException {
    send(script, SIZE);
  }

  private void send(String script, int size) throws IOException {
    var client = folder.resolve("client");
    Files.writeString(client, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(client, PosixFilePermissions.fromString("rwx------"));
    var ssh = ExternalClients.options(client.toString());
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            OutputStream.nullOutputStream(),
            new PrintStream(told, true, UTF_8),
            new StateStore(folder.resolve("state")));
    var content = new byte[size];
    Arrays.fill(content, (byte) 1);
    try (var source = new ListedSource(content, new Extent(0, size, Extent.Kind.DATA))) {
      var run = Run.unrecorded(new Reporter(streams, Reporting.USUAL), new Stop());
      new LvmsyncSending(run, source).toHost(host(), "lvmsync --apply - /dev/vg0/web", ssh);
    }
  }

  private static Host host() throws SyncException {
    return Location.parse("new:/dev/vg0/web").host().orElseThrow();
  }
}
