package org.blkdelta.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.destination.StateStore;
import org.blkdelta.destination.Treatment;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.remote.ExternalClients;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.wire.Packing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Far ends are processes of a client that writes down its start, its orderly end and the other
/// one.
@Timeout(60)
class StandbyTest {

  private static final Wire WIRE = new Wire(OptionalInt.empty(), 0, new Packing.None());

  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private final Standby standby = new Standby(nanos::get);
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final List<RemotePeer> connected = new ArrayList<>();
  private Path log;
  private Far far;

  @BeforeEach
  void client() throws IOException {
    log = Files.createFile(folder.resolve("log"));
    var client = folder.resolve("client");
    Files.writeString(
        client,
        """
        #!/bin/sh
        trap 'echo "blkdelta: killed" >&2; echo killed >>%s; exit 1' TERM
        echo started >>%1$s
        echo hello
        while read -r line; do echo "$line"; done
        echo ended >>%1$s
        """
            .formatted(log));
    var options = ExternalClients.options("sh " + client);
    far = new Far(options, FarCommand.USUAL, standby);
  }

  @AfterEach
  void close() throws IOException {
    standby.close();
    for (var peer : connected) {
      peer.close();
    }
  }

  private Reporter reporter() {
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            new ByteArrayOutputStream(),
            new PrintStream(said, true, UTF_8),
            new StateStore(folder.resolve("state")));
    return new Reporter(streams, Reporting.USUAL);
  }

  private static Location to(String path) throws IOException {
    return Location.parse("new:" + path);
  }

  private void start(String path) throws IOException {
    standby.start(far, to(path), Treatment.USUAL, WIRE, reporter());
    awaitLogged("started", 1);
  }

  private RemotePeer connect(String path) throws IOException {
    var words = Transfer.words(to(path), Treatment.USUAL, WIRE);
    var peer = far.connect(to(path).host().orElseThrow(), words, reporter());
    connected.add(peer);
    return peer;
  }

  private void awaitLogged(String word, int times) throws IOException {
    while (logged(word) < times) {
      LockSupport.parkNanos(10_000_000);
    }
    assertEquals(times, logged(word));
  }

  private long logged(String word) throws IOException {
    return Files.readAllLines(log).stream().filter(word::equals).count();
  }

  @Test
  void a_run_takes_its_own_once() throws IOException {
    start("/dev/vg/web");
    connect("/dev/vg/data");
    awaitLogged("started", 2);
    var own = connect("/dev/vg/web");
    own.toPeer().write("heard\n".getBytes(UTF_8));
    own.toPeer().close();
    assertEquals("hello\nheard\n", new String(own.fromPeer().readAllBytes(), UTF_8));
    awaitLogged("ended", 1);
    assertEquals(2, logged("started"));
    connect("/dev/vg/web");
    awaitLogged("started", 3);
  }

  @Test
  void one_that_does_not_run_is_found_at_once() throws IOException {
    Files.writeString(folder.resolve("client"), "exit 127");
    var fault = assertThrows(ConnectionException.class, () -> start("/dev/vg/web"));
    assertSays(fault, "new: the command was not found");
  }

  @Test
  void one_that_waited_for_long_may_have_given_up() throws IOException {
    start("/dev/vg/web");
    nanos.addAndGet(Duration.ofSeconds(151).toNanos());
    connect("/dev/vg/web");
    awaitLogged("killed", 1);
    awaitLogged("started", 2);
  }

  @Test
  void those_that_nobody_took_end_without_a_word() throws IOException {
    start("/dev/vg/web");
    standby.close();
    awaitLogged("killed", 1);
    assertTrue(said.toString(UTF_8).isEmpty(), said.toString(UTF_8));
  }
}
