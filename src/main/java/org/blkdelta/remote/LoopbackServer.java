package org.blkdelta.remote;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.blkdelta.failure.ConnectionException;

/// An SSH server in this process that only this process can use: it listens on the loopback
/// address, at a port of its own, with keys that are made for it and that its end removes. Clients
/// reach it as they reach any host, with all of the checks.
public final class LoopbackServer implements Closeable {

  private static final String ADDRESS = "127.0.0.1";

  private final SshServer server;
  private final Path scratch;

  private LoopbackServer(SshServer server, Path scratch) {
    this.server = server;
    this.scratch = scratch;
  }

  /// Starts a server that runs every command line by `command`.
  public static LoopbackServer start(RemoteCommand command) throws IOException {
    Ed25519.register();
    var scratch =
        Files.createTempDirectory(
            "blkdelta-ssh-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    var loopback = new LoopbackServer(SshServer.setUpDefaultServer(), scratch);
    try {
      loopback.listen(command);
      return loopback;
    } catch (IOException | RuntimeException e) {
      loopback.close();
      throw e;
    } catch (GeneralSecurityException e) {
      loopback.close();
      throw new ConnectionException(ADDRESS + ": no keys for a loopback server: " + e, e);
    }
  }

  /// Returns the TCP port.
  public int port() {
    return server.getPort();
  }

  /// Returns the file with the server's public key.
  public Path knownHosts() {
    return scratch.resolve("known_hosts");
  }

  /// Returns the file with the only private key that may log in.
  public Path identity() {
    return scratch.resolve("id");
  }

  /// Returns the server as a client's destination.
  public Host host() {
    return new Host(Optional.empty(), ADDRESS, OptionalInt.of(port()));
  }

  /// Returns the options of a client that believes this server and no other, and that leaves the
  /// user's configuration, keys and agent alone.
  public SshOptions options() {
    return new SshOptions(
        Optional.empty(),
        Optional.of(Path.of("none")),
        List.of(identity()),
        OptionalInt.empty(),
        List.of(
            "UserKnownHostsFile=" + knownHosts(),
            "GlobalKnownHostsFile=none",
            "StrictHostKeyChecking=yes",
            "IdentitiesOnly=yes",
            "IdentityAgent=none"),
        false);
  }

  /// Ends the server and its connections at once, and removes its files.
  @Override
  public void close() throws IOException {
    try {
      server.stop(true);
    } finally {
      removeFiles();
    }
  }

  private void removeFiles() throws IOException {
    if (Files.exists(scratch)) {
      try (var files = Files.walk(scratch)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void listen(RemoteCommand command) throws IOException, GeneralSecurityException {
    var keys = KeyPairGenerator.getInstance("Ed25519");
    var hostKey = keys.generateKeyPair();
    var userKey = keys.generateKeyPair();
    server.setHost(ADDRESS);
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    server.setPublickeyAuthenticator(
        (user, key, session) -> KeyUtils.compareKeys(key, userKey.getPublic()));
    server.setCommandFactory((channel, line) -> new LoopbackCommand(line, command));
    CoreModuleProperties.TCP_NODELAY.set(server, true);
    CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
    CoreModuleProperties.NIO2_MIN_WRITE_TIMEOUT.set(server, Duration.ZERO);
    CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(server, Duration.ofDays(365));
    server.start();
    KnownHosts.append(
        knownHosts(), KnownHosts.nameOf(ADDRESS, port()), HostKey.of(hostKey.getPublic()), false);
    writeIdentity(userKey);
  }

  private void writeIdentity(KeyPair key) throws IOException, GeneralSecurityException {
    Files.createFile(
        identity(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (var out = Files.newOutputStream(identity(), StandardOpenOption.WRITE)) {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "blkdelta", null, out);
    }
  }
}
