package org.blkdelta.remote;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.blkdelta.failure.SyncException;

/// What the SSH client reads of files and programs that are the user's, for tests that damage them:
/// it refuses with the exceptions that its callers turn into messages, or takes them.
public final class ClientInputs {

  private ClientInputs() {}

  /// Reads a `known_hosts` file, and looks some hosts up.
  public static void knownHosts(Path file) throws IOException {
    var hosts = KnownHosts.read(List.of(file));
    var key = new HostKey("ssh-ed25519", "AQID");
    for (var name : List.of("web", "[web]:2222", "10.0.0.7", "db.example")) {
      hosts.judge(name, key);
      hosts.keyTypes(name);
      hosts.authorities(name);
    }
  }

  /// Reads a key, with a passphrase that is wrong for any.
  public static void key(Path file) {
    var key = new KeyFile(file);
    try {
      key.publicKey();
      key.certificate();
      key.keyPair(FilePasswordProvider.of("not this one"));
    } catch (IOException | GeneralSecurityException | RuntimeException refused) {
      // told as the reason why the key is not offered
    }
  }

  /// Reads what `ssh -G` printed, and asks for each setting.
  public static void config(Path file) throws IOException {
    var lines = Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
    try {
      var host = new Host(Optional.empty(), "web", OptionalInt.empty());
      var config = SshConfig.parse(host, lines, List.of()).checked();
      config.hostName();
      config.port();
      config.user();
      config.knownAs();
      config.userKnownHosts();
      config.globalKnownHosts();
      config.strictness();
      config.identities();
      config.agent();
      config.connectTimeout();
      config.aliveInterval();
      config.aliveCount();
      config.rekeyBytes();
      config.rekeyInterval();
      config.environment();
    } catch (SyncException refused) {
      // said
    }
  }
}
