package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.blkdelta.cli.Launched;
import org.blkdelta.remote.OpenSshServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs over one connection or several, with retries, while any process gets any signal at any
/// time: the sender, the receiver, what joins it, and the server's processes for each connection.
/// What the exit code says of the destination is true, nothing hangs, and the next run completes.
class SignalsOverSshIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 4);
  private static final int SIZE = 24 << 20;
  private static final int LIMIT_SECONDS = 150;
  private static final List<String> SIGNALS = List.of("TERM", "INT", "HUP", "KILL", "STOP");

  /// Exit codes that say that nothing was written.
  private static final List<Integer> UNWRITTEN = List.of(2, 4, 5, 6);

  /// What Java says when a signal meets it before its first class is initialized: it exits with 1.
  private static final String NOT_STARTED = "Error occurred during initialization of VM";

  /// Exit codes that say that something was written.
  private static final List<Integer> WRITTEN = List.of(7, 8);

  /// Exit codes of a sender that a signal ended.
  private static final List<Integer> SIGNALLED = List.of(129, 130, 137, 143);

  @TempDir private Path temp;
  private OpenSshServer server;
  private Path copy;
  private Random random = new Random();

  @BeforeEach
  void start() throws IOException {
    OpenSshServer.assumeInstalled();
    server = OpenSshServer.start();
    server = server.restart(environment()); // no start-up files of a shell, which may take seconds
    Files.writeString(
        temp.resolve("config"),
        "Host *\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n"
            .formatted(server.knownHosts()));
    Files.createDirectory(temp.resolve("pids"));
    var receiver = server.bin().resolve("blkdelta");
    Files.writeString(
        receiver,
        "#!/bin/sh\nexport BLKDELTA_STATE='%s'\n>'%s'/$$\nexec '%s' \"$@\"\n"
            .formatted(state(), temp.resolve("pids"), launcher()));
    Files.setPosixFilePermissions(receiver, PosixFilePermissions.fromString("rwxr-xr-x"));
    copy = Files.createDirectory(temp.resolve("there")).resolve("copy.img");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void whatever_is_killed_the_exit_code_is_true_and_nothing_hangs() throws Exception {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println(
        "SignalsOverSshIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    random = new Random(seed);
    var codes = new TreeMap<Integer, Integer>();
    var disk = disk();
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      Files.write(copy, new byte[SIZE]);
      var told = new ArrayList<String>();
      int connections = 1 + random.nextInt(4);
      int retries = random.nextInt(3);
      var run = copy(disk, "--connections=" + connections, "--retries=" + retries, "--bwlimit=8M");
      told.add("round %d, %d connections, %d retries".formatted(round, connections, retries));
      if (random.nextInt(4) > 0) {
        awaitWriting(run);
      }
      for (int strikes = 1 + random.nextInt(2); strikes > 0; strikes--) {
        if (!run.waitFor(random.nextInt(2500), TimeUnit.MILLISECONDS)) {
          strike(run, told);
        }
      }
      assertTrue(run.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), () -> told + ": hangs");
      codes.merge(run.exitValue(), 1, Integer::sum);
      told.add("%d after %d s: %s".formatted(run.exitValue(), seconds(start), stderr().strip()));
      checkTrue(run.exitValue(), told);
      awaitEnds(told);
      var last = copy(disk, "--connections=" + connections);
      assertTrue(last.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), () -> told + ": hangs afterwards");
      assertEquals(0, last.exitValue(), told + ", then: " + stderr());
      assertEquals(-1, Files.mismatch(disk, copy), told::toString);
      awaitEnds(told);
      assertEquals(
          List.of(copy), entries(Objects.requireNonNull(copy.getParent())), told::toString);
      System.out.printf("SignalsOverSshIT: %s, all over after %d s%n", told, seconds(start));
    }
    System.out.println("SignalsOverSshIT: exit codes of " + ROUNDS + " rounds: " + codes);
  }

  /// Waits until something is written, or the run has ended.
  private void awaitWriting(Process run) throws Exception {
    while (!isWritten() && !run.waitFor(20, TimeUnit.MILLISECONDS)) {
      assertEquals(SIZE, Files.size(copy));
    }
  }

  private boolean isWritten() throws IOException {
    try (var in = Files.newInputStream(copy)) {
      return !Arrays.equals(in.readNBytes(4096), new byte[4096]);
    }
  }

  /// Gives one of the processes a signal; one that is stopped goes on soon.
  private void strike(Process run, List<String> told) throws Exception {
    var victims = new ArrayList<>(List.of(run.toHandle()));
    victims.addAll(run.toHandle().descendants().toList());
    victims.addAll(server.sessions());
    var victim = victims.get(random.nextInt(random.nextBoolean() ? 1 : victims.size()));
    var signal = SIGNALS.get(random.nextInt(SIGNALS.size()));
    told.add(
        signal + " to " + victim.info().commandLine().map(SignalsOverSshIT::brief).orElse("?"));
    kill(signal, victim.pid());
    if (signal.equals("STOP")) {
      TimeUnit.MILLISECONDS.sleep(random.nextInt(1500));
      kill("CONT", victim.pid());
    }
  }

  private void checkTrue(int code, List<String> told) throws IOException {
    long differs = Files.mismatch(temp.resolve("vm.img"), copy);
    boolean isUntouched = Files.mismatch(temp.resolve("before.img"), copy) < 0;
    if (code == 0) {
      assertEquals(-1, differs, told::toString);
    } else if (UNWRITTEN.contains(code)
        || stderr().contains("before anything was written")
        || (code == 1 && stderr().startsWith(NOT_STARTED))) {
      assertTrue(isUntouched, told::toString);
    } else {
      assertTrue(WRITTEN.contains(code) || SIGNALLED.contains(code), told::toString);
    }
  }

  /// Waits until all that ran at the far end has ended.
  private void awaitEnds(List<String> told) throws Exception {
    for (var session : server.sessions()) {
      await(session, told);
    }
    for (var pid : entries(temp.resolve("pids"))) {
      var process = ProcessHandle.of(Long.parseLong(pid.getFileName().toString()));
      if (process.isPresent()) {
        await(process.get(), told);
      }
      Files.delete(pid);
    }
  }

  private static void await(ProcessHandle process, List<String> told) throws Exception {
    var line = process.info().commandLine().map(SignalsOverSshIT::brief).orElse("?");
    for (int tenths = 0; process.isAlive(); tenths++) {
      assertTrue(tenths < 600, () -> told + ": still there: " + line);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private static long seconds(long start) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  private static String brief(String commandLine) {
    return commandLine.length() < 60
        ? commandLine
        : "…" + commandLine.substring(commandLine.length() - 60);
  }

  private Path disk() throws IOException {
    var bytes = new byte[SIZE];
    Files.write(temp.resolve("before.img"), bytes);
    random.nextBytes(bytes);
    return Files.write(temp.resolve("vm.img"), bytes);
  }

  private Process copy(Path disk, String... options) throws IOException {
    var words = new ArrayList<>(Launched.HEARING_INT);
    words.addAll(List.of(launcher(), "copy", "--json", "--progress=none"));
    words.addAll(List.of(options));
    words.addAll(List.of("-F", temp.resolve("config").toString()));
    words.addAll(List.of("-i", server.identity().toString()));
    words.addAll(List.of("-p", Integer.toString(server.port())));
    words.addAll(List.of(disk.toString(), "root@127.0.0.1:" + copy));
    var builder = new ProcessBuilder(words);
    builder.environment().putAll(Map.of("BLKDELTA_STATE", temp.resolve("state-here").toString()));
    builder.environment().remove("SSH_AUTH_SOCK");
    builder.redirectOutput(temp.resolve("out").toFile());
    builder.redirectError(temp.resolve("err").toFile());
    return builder.start();
  }

  private String stderr() throws IOException {
    return Files.readString(temp.resolve("err"));
  }

  private static void kill(String signal, long pid) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
  }

  private String environment() {
    return "SetEnv HOME=%s PATH=%s:/usr/local/bin:/usr/bin:/bin"
        .formatted(server.scratch(), server.bin());
  }

  private Path state() {
    return temp.resolve("state");
  }

  private static String launcher() {
    return System.getProperty("blkdelta.image") + "/bin/blkdelta";
  }
}
