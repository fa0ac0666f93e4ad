package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.blkdelta.cli.Launched;
import org.blkdelta.remote.OpenSshServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `blkdelta sync` as a user runs it, to a real OpenSSH server on the loopback address.
class SyncOverSshIT {

  private static final int SMALL = 4 << 20;
  private static final int LARGE = 256 << 20;

  @TempDir private Path temp;
  private OpenSshServer server;
  private Path identity = Path.of("none");

  @BeforeEach
  void start() throws IOException {
    OpenSshServer.assumeInstalled();
    server = OpenSshServer.start();
    identity = server.identity();
    Files.writeString(
        temp.resolve("config"),
        "Host *\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n"
            .formatted(server.knownHosts()));
    remote("exec \"$blkdelta\" \"$@\"");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void the_destination_becomes_the_origin_by_either_client() throws Exception {
    var origin = origin(SMALL);
    for (var client :
        List.of(List.<String>of(), List.of("--connections=3"), List.of("-e", "ssh -q"))) {
      var copy = zeros("copy" + client.size(), SMALL);
      var run = sync(origin, "root@127.0.0.1:" + copy, client);
      assertEquals(0, run.status(), run.err());
      assertTrue(run.out().contains("\"bytes\":" + (SMALL - 4096)), run.out());
      assertSame(origin, copy);
    }
  }

  @Test
  void new_keys_in_the_middle_of_a_run_change_nothing() throws Exception {
    var origin = origin(SMALL);
    var copy = zeros("copy", SMALL);
    Files.writeString(temp.resolve("config"), "RekeyLimit 256K\n", StandardOpenOption.APPEND);
    var run = sync(origin, "root@127.0.0.1:" + copy, List.of());
    assertEquals(0, run.status(), run.err());
    assertSame(origin, copy);
  }

  @Test
  void a_path_that_a_shell_would_act_on_is_only_a_path() throws Exception {
    var origin = origin(SMALL);
    var name = "-n 'it''s' \"a\" $(touch pwned) `touch pwned`; touch pwned & *?[a] \\ ~ ü";
    var copy = zeros(name, SMALL);
    var run = sync(origin, "ssh://root@127.0.0.1:" + server.port() + copy, List.of());
    assertEquals(0, run.status(), run.err());
    assertSame(origin, copy);
    assertFalse(Files.exists(Path.of(System.getProperty("user.home"), "pwned")));
  }

  @Test
  void what_is_wrong_at_the_far_end_is_told_apart() throws Exception {
    var origin = origin(SMALL);
    var copy = zeros("copy", SMALL);
    var there = "root@127.0.0.1:" + copy;

    Files.delete(server.bin().resolve("blkdelta"));
    assertFails(6, "not found in the PATH", sync(origin, there, List.of()));
    assertFails(
        6, "not found", sync(origin, there, List.of("--remote-command", "/nowhere/blkdelta")));
    remote("echo Welcome to this host; exec \"$blkdelta\" \"$@\"");
    assertFails(6, "printed \"Welcome to this host\"", sync(origin, there, List.of()));
    remote("printf '\\211BLKA9\\r\\n\\032\\n'; cat >/dev/null");
    assertFails(6, "speaks version 9", sync(origin, there, List.of()));
    remote("echo boom >&2; exit 3");
    assertFails(6, "ended with status 3 (boom)", sync(origin, there, List.of()));
    remote("exec \"$blkdelta\" no-such-command");
    assertFails(6, "status 2", sync(origin, there, List.of()));

    remote("exec \"$blkdelta\" \"$@\"");
    assertFails(5, "does not exist", sync(origin, there + "-nowhere", List.of()));
    assertFails(5, "make it larger", sync(origin, "127.0.0.1:" + zeros("tiny", 512), List.of()));
    assertFails(5, "is the source", sync(origin, "root@127.0.0.1:" + origin, List.of()));
    assertFails(6, "", sync(origin, "root@127.0.0.1:" + copy, List.of("-p", "1")));
    assertFails(6, "", sync(origin, "nobody@127.0.0.1:" + copy, List.of()));
    assertSame(zeros("untouched", SMALL), copy);
  }

  @Test
  void an_unknown_host_is_refused_where_nobody_can_be_asked() throws Exception {
    var origin = origin(SMALL);
    var copy = zeros("copy", SMALL);
    Files.writeString(server.knownHosts(), "");
    assertFails(6, "127.0.0.1", sync(origin, "root@127.0.0.1:" + copy, List.of()));
    assertSame(zeros("untouched", SMALL), copy);
  }

  @Test
  void a_dry_run_makes_every_check_and_writes_nothing() throws Exception {
    var origin = origin(SMALL);
    var copy = zeros("copy", SMALL);
    assertEquals(0, sync(origin, "root@127.0.0.1:" + copy, List.of("-n")).status());
    var absent = temp.resolve("absent");
    var there = "root@127.0.0.1:" + absent;
    assertEquals(0, sync(origin, there, List.of("-n", "--create")).status());
    assertFalse(Files.exists(absent));
    assertFails(5, "does not exist", sync(origin, there, List.of("-n")));
    assertSame(zeros("untouched", SMALL), copy);
  }

  @Test
  void a_receiver_that_is_killed_leaves_a_state_that_a_second_run_mends() throws Exception {
    var origin = origin(LARGE);
    var copy = zeros("copy", LARGE);
    var pid = temp.resolve("pid");
    remote(
        "[ \"$1\" = join ] || { echo $$ >%1$s.new; mv %1$s.new %1$s; }; exec \"$blkdelta\" \"$@\""
            .formatted(pid));

    var run = start(origin, "root@127.0.0.1:" + copy, List.of());
    awaitBytes(copy);
    kill(Files.readString(pid).strip(), "-KILL");
    assertFails(7, "run", ended(run));

    var again = sync(origin, "root@127.0.0.1:" + copy, List.of());
    assertEquals(0, again.status(), again.err());
    assertSame(origin, copy);
  }

  @Test
  void a_sender_that_is_stopped_says_so_and_its_receiver_ends() throws Exception {
    var origin = origin(LARGE);
    var copy = zeros("copy", LARGE);
    for (var signal : List.of("-INT", "-TERM", "-KILL")) {
      Files.delete(copy);
      zeros("copy", LARGE);
      var run = start(origin, "root@127.0.0.1:" + copy, List.of());
      awaitBytes(copy);
      kill(Long.toString(run.pid()), signal);
      var end = ended(run);
      switch (signal) {
        case "-INT" ->
            assertFails(130, "; don't use the destination; run the same command again", end);
        case "-TERM" ->
            assertFails(143, "; don't use the destination; run the same command again", end);
        default -> assertEquals(137, end.status());
      }
      for (var session : server.sessions()) {
        session.onExit().get(30, TimeUnit.SECONDS);
      }
    }
    assertEquals(0, sync(origin, "root@127.0.0.1:" + copy, List.of()).status());
    assertSame(origin, copy);
  }

  @Test
  void a_key_of_its_own_does_its_one_thing() throws Exception {
    var origin = origin(SMALL);
    var copy = zeros("copy", SMALL);
    var other = zeros("other", SMALL);
    identity = temp.resolve("limited");
    OpenSshServer.keygen("-q", "-t", "ed25519", "-N", "", "-f", identity.toString());
    var line =
        "restrict,command=\"env BLKDELTA_STATE=%s %s serve --only %s\" %s"
            .formatted(
                temp.resolve("state"),
                launcher(),
                copy,
                Files.readString(temp.resolve("limited.pub")));
    server.authorize(Files.writeString(temp.resolve("line"), line));

    assertFails(5, "is not what it is for", sync(origin, "root@127.0.0.1:" + other, List.of()));
    var undo = List.of("--undo", temp.resolve("undo").toString());
    assertFails(5, "no undo may be saved", sync(origin, "root@127.0.0.1:" + copy, undo));
    assertSame(zeros("untouched", SMALL), copy);
    for (var client : List.of(List.of("--connections=3"), List.of("-e", "ssh -q"))) {
      Files.write(copy, new byte[SMALL]);
      var run = sync(origin, "root@127.0.0.1:" + copy, client);
      assertEquals(0, run.status(), run.err());
      assertSame(origin, copy);
    }
    assertSame(zeros("untouched", SMALL), other);
    var shell = List.of("ssh", "-F", temp.resolve("config").toString(), "-i", identity.toString());
    var command = new ArrayList<>(shell);
    command.addAll(List.of("-p", Integer.toString(server.port()), "root@127.0.0.1"));
    command.add("touch " + temp.resolve("touched"));
    // ssh makes its standard input non-blocking: never the one that Maven's fork reads commands
    // from
    var nothing = ProcessBuilder.Redirect.from(new File("/dev/null"));
    var ssh = new ProcessBuilder(command).inheritIO().redirectInput(nothing).start();
    assertEquals(5, ssh.waitFor());
    assertFalse(Files.exists(temp.resolve("touched")));
  }

  private record Run(int status, String out, String err) {}

  /// Makes a `blkdelta` in the PATH of the server's sessions; `$blkdelta` is the real one.
  private void remote(String script) throws IOException {
    var file = server.bin().resolve("blkdelta");
    Files.writeString(
        file,
        "#!/bin/sh\nexport BLKDELTA_STATE='%s'\nblkdelta='%s'\n%s\n"
            .formatted(temp.resolve("state"), launcher(), script));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String launcher() {
    return System.getProperty("blkdelta.image") + "/bin/blkdelta";
  }

  private Run sync(Path origin, String destination, List<String> options) throws Exception {
    return ended(start(origin, destination, options));
  }

  /// Starts a sync of everything after the first page: the store is that of an empty snapshot, and
  /// its origin counts as grown.
  private Process start(Path origin, String destination, List<String> options) throws IOException {
    var command = new ArrayList<>(Launched.HEARING_INT);
    command.addAll(List.of(launcher(), "sync", "--json"));
    command.addAll(List.of("-F", temp.resolve("config").toString()));
    command.addAll(List.of("-i", identity.toString()));
    if (!destination.startsWith("ssh:") && !options.contains("-p")) {
      command.addAll(List.of("-p", Integer.toString(server.port())));
    }
    command.addAll(options);
    command.addAll(List.of("--origin", origin.toString(), "--snapshot-size", "4096"));
    command.addAll(List.of(store().toString(), destination));
    var builder = new ProcessBuilder(command);
    builder.environment().put("BLKDELTA_STATE", temp.resolve("state").toString());
    builder.environment().remove("SSH_AUTH_SOCK");
    builder.redirectOutput(temp.resolve("out").toFile());
    builder.redirectError(temp.resolve("err").toFile());
    return builder.start();
  }

  private Run ended(Process process) throws Exception {
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still running");
    return new Run(
        process.exitValue(),
        Files.readString(temp.resolve("out")),
        Files.readString(temp.resolve("err")));
  }

  private static void assertFails(int status, String words, Run run) {
    assertEquals(status, run.status(), run.err());
    assertTrue(run.err().contains(words), run.err());
    assertEquals("", run.out());
  }

  private static void assertSame(Path origin, Path copy) throws IOException {
    try (var one = FileChannel.open(origin);
        var other = FileChannel.open(copy)) {
      assertEquals(one.size(), other.size());
      var left = ByteBuffer.allocate(1 << 20);
      var right = ByteBuffer.allocate(1 << 20);
      for (long at = 0; at < one.size(); at += left.limit()) {
        one.read(left.clear(), at);
        other.read(right.clear(), at);
        assertEquals(-1, left.flip().mismatch(right.flip()));
      }
    }
  }

  /// Returns when the first bytes have arrived.
  private static void awaitBytes(Path copy) throws IOException {
    long start = System.nanoTime();
    try (var file = FileChannel.open(copy)) {
      var page = ByteBuffer.allocate(4096);
      while (!Arrays.stream(ints(file, page.clear())).anyMatch(value -> value != 0)) {
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60), "nothing arrives");
        Thread.onSpinWait();
      }
    }
  }

  private static int[] ints(FileChannel file, ByteBuffer page) throws IOException {
    file.read(page, 1 << 20);
    var ints = new int[1024];
    page.flip().asIntBuffer().get(ints);
    return ints;
  }

  private static void kill(String pid, String signal) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", signal, pid).inheritIO().start().waitFor());
  }

  private Path store() throws IOException {
    var store = temp.resolve("store");
    if (!Files.exists(store)) {
      var packed = Path.of("testdata/lvm/empty/store.img.gz");
      try (var plain = new GZIPInputStream(Files.newInputStream(packed))) {
        Files.copy(plain, store);
      }
    }
    return store;
  }

  private Path origin(int size) throws IOException {
    var bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    Arrays.fill(bytes, 0, 4096, (byte) 0); // the first page is no change
    return Files.write(temp.resolve("origin"), bytes);
  }

  private Path zeros(String name, int size) throws IOException {
    return Files.write(temp.resolve(name), new byte[size]);
  }
}
