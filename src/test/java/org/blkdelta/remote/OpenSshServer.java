package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A real OpenSSH server on the loopback address for tests, with keys, configuration and port of
/// its own. It logs in the user that the test runs as. Closing it ends it and its sessions, and
/// leaves nothing but `/run/sshd`, which another one may be using.
public final class OpenSshServer implements Closeable {

  private static final Path SSHD = Path.of("/usr/sbin/sshd");
  private static final Path PRIVILEGE_SEPARATION = Path.of("/run/sshd");
  private static final String ADDRESS = "127.0.0.1";
  private static final int START_SECONDS = 20;

  private final Path scratch;
  private final int port;
  private final Process sshd;

  private OpenSshServer(Path scratch, int port, Process sshd) {
    this.scratch = scratch;
    this.port = port;
    this.sshd = sshd;
  }

  /// Skips the test where the server is not installed; fails it on a build machine, where that
  /// would go unnoticed.
  public static void assumeInstalled() {
    if (!Files.isExecutable(SSHD)) {
      var reason = SSHD + " is missing: install the package openssh-server";
      if ("true".equals(System.getenv("CI"))) {
        fail(reason);
      }
      abort(reason);
    }
  }

  /// Starts a server. The lines are added to its configuration; see sshd_config(5).
  public static OpenSshServer start(String... configuration) throws IOException {
    assumeInstalled();
    var scratch = Files.createTempDirectory("blkdelta-sshd-");
    Files.createDirectory(scratch.resolve("bin"));
    keygen("-t", "ed25519", "-N", "", "-f", scratch.resolve("host_key").toString());
    keygen("-t", "ed25519", "-N", "", "-f", scratch.resolve("id").toString());
    return start(scratch, List.of(configuration));
  }

  /// Ends this server and starts another one at another port, with the same keys and files.
  public OpenSshServer restart(String... configuration) throws IOException {
    end();
    return start(scratch, List.of(configuration));
  }

  /// Runs `ssh-keygen -q` with these arguments.
  public static void keygen(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("ssh-keygen", "-q"));
    command.addAll(Arrays.asList(arguments));
    run(command);
  }

  /// Runs a program to its end and returns what it printed; fails the test where it fails.
  public static String run(List<String> command) throws IOException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (ExitStatus.await(process) != 0) {
      fail(command + ": " + output);
    }
    return output;
  }

  /// Returns the TCP port.
  public int port() {
    return port;
  }

  /// Returns the directory of everything that the server has.
  public Path scratch() {
    return scratch;
  }

  /// Returns the directory that is the first of the remote commands' `PATH`. It is empty: put there
  /// what they should find.
  public Path bin() {
    return scratch.resolve("bin");
  }

  /// Returns the host's private key; the public one is beside it, in `.pub`.
  public Path hostKey() {
    return scratch.resolve("host_key");
  }

  /// Returns a file with the host's public key.
  public Path knownHosts() {
    return scratch.resolve("known_hosts");
  }

  /// Returns a private key that may log in.
  public Path identity() {
    return scratch.resolve("id");
  }

  /// Lets another key log in, by its public half.
  public void authorize(Path publicKey) throws IOException {
    Files.writeString(
        scratch.resolve("authorized_keys"), Files.readString(publicKey), StandardOpenOption.APPEND);
  }

  /// Returns what the server logged.
  public String log() throws IOException {
    return Files.readString(scratch.resolve("log"));
  }

  /// Returns the server as a destination.
  public Host host() {
    return new Host(Optional.empty(), ADDRESS, OptionalInt.of(port));
  }

  /// Returns the options of a client that logs in with [#identity()], that believes what
  /// [#knownHosts()] says, and that leaves the user's configuration and agent alone. Earlier
  /// settings win over later ones.
  public SshOptions sshOptions(String... settings) {
    return sshOptions(List.of(identity()), settings);
  }

  /// Returns such options with other private keys.
  public SshOptions sshOptions(List<Path> identities, String... settings) {
    var all = new ArrayList<>(List.of(settings));
    all.addAll(
        List.of(
            "UserKnownHostsFile=" + knownHosts(),
            "GlobalKnownHostsFile=none",
            "IdentitiesOnly=yes",
            "IdentityAgent=none"));
    return new SshOptions(
        Optional.empty(),
        Optional.of(Path.of("none")),
        identities,
        OptionalInt.empty(),
        all,
        false);
  }

  /// Returns the server's processes for the connections that it has, children last.
  public List<ProcessHandle> sessions() {
    return sshd.descendants().toList();
  }

  @Override
  public void close() throws IOException {
    end();
    try (var files = Files.walk(scratch)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static OpenSshServer start(Path scratch, List<String> configuration) throws IOException {
    if (!Files.exists(PRIVILEGE_SEPARATION) && Files.isWritable(Path.of("/run"))) {
      Files.createDirectory(PRIVILEGE_SEPARATION);
    }
    int port = freePort();
    Files.writeString(
        scratch.resolve("known_hosts"),
        "[" + ADDRESS + "]:" + port + " " + Files.readString(scratch.resolve("host_key.pub")));
    Files.copy(
        scratch.resolve("id.pub"),
        scratch.resolve("authorized_keys"),
        StandardCopyOption.REPLACE_EXISTING);
    var lines = new ArrayList<>(configuration);
    lines.addAll(
        List.of(
            "Port " + port,
            "ListenAddress " + ADDRESS,
            "HostKey " + scratch.resolve("host_key"),
            "AuthorizedKeysFile " + scratch.resolve("authorized_keys"),
            "SetEnv PATH="
                + scratch.resolve("bin")
                + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "PermitRootLogin yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "StrictModes no",
            "UsePAM no",
            "PidFile none"));
    var config = scratch.resolve("sshd_config");
    Files.write(config, lines);
    var log = scratch.resolve("log");
    var sshd =
        new ProcessBuilder(SSHD.toString(), "-D", "-f", config.toString(), "-E", log.toString())
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("output").toFile())
            .start();
    var server = new OpenSshServer(scratch, port, sshd);
    server.awaitListening();
    return server;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitListening() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!isListening()) {
      if (!sshd.isAlive() || System.nanoTime() > deadline) {
        var said = Files.readString(scratch.resolve("output")) + log();
        close();
        fail("sshd does not start: " + said);
      }
    }
  }

  private boolean isListening() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException notYet) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      return false;
    }
  }

  private void end() {
    var sessions = sessions();
    sshd.destroy();
    sessions.forEach(ProcessHandle::destroyForcibly);
    ExitStatus.await(sshd);
  }
}
