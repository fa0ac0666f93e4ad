package org.blkdelta.remote;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.client.auth.pubkey.PublicKeyIdentity;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.signature.Signature;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.jspecify.annotations.Nullable;

/// The keys to offer to a server, in the order of `ssh`: certificates of files, keys of the agent
/// that are configured as files, the agent's other keys unless `IdentitiesOnly` is on, and then the
/// files. Closing it closes the agent.
final class OfferedKeys implements Iterator<PublicKeyIdentity>, Closeable {

  private final AuthReport report;
  private final @Nullable AgentClient agent;
  private final Iterator<PublicKeyIdentity> keys;

  /// Connects to the agent and reads the public halves of the files. What cannot be read is noted
  /// in the report.
  OfferedKeys(
      SshConfig config,
      FilePasswordProvider passphrases,
      List<NamedFactory<Signature>> algorithms,
      AuthReport report)
      throws ConnectionException {
    this.report = report;
    this.agent = connect(config.agent(), report);
    var certificates = new ArrayList<PublicKeyIdentity>();
    var files = new LinkedHashMap<HostKey, PublicKeyIdentity>();
    for (var path : config.identities()) {
      var file = new KeyFile(path);
      if (!file.exists()) {
        if (config.isChosen(path)) {
          report.skipped("key " + file, "no such file");
        }
      } else {
        try {
          file.certificate()
              .map(c -> new FileIdentity(file, c, passphrases, algorithms))
              .ifPresent(certificates::add);
          var key = publicKey(file, passphrases);
          files.putIfAbsent(HostKey.of(key), new FileIdentity(file, key, passphrases, algorithms));
        } catch (ConnectionException wrongPassphrase) {
          throw wrongPassphrase;
        } catch (IOException | GeneralSecurityException | RuntimeException unreadable) {
          report.skipped("key " + file, unreadable);
        }
      }
    }
    this.keys = order(certificates, agentKeys(), files, config.isOn("identitiesonly", false));
  }

  @Override
  public boolean hasNext() {
    return keys.hasNext();
  }

  @Override
  public PublicKeyIdentity next() {
    var key = keys.next();
    report.tried(key.toString());
    return key;
  }

  @Override
  public void close() throws IOException {
    if (agent != null) {
      agent.close();
    }
  }

  private static @Nullable AgentClient connect(Optional<Path> socket, AuthReport report) {
    if (socket.isEmpty()) {
      return null;
    }
    try {
      return new AgentClient(socket.get());
    } catch (IOException | RuntimeException e) {
      report.skipped("agent " + socket.get(), SyncException.describe(e));
      return null;
    }
  }

  private static PublicKey publicKey(KeyFile file, FilePasswordProvider passphrases)
      throws IOException, GeneralSecurityException {
    var key = file.publicKey();
    return key.isPresent()
        ? key.get()
        : file.keyPair(passphrases)
            .orElseThrow(() -> new IOException("no key that can be used"))
            .getPublic();
  }

  private List<AgentIdentity> agentKeys() {
    var identities = new ArrayList<AgentIdentity>();
    if (agent != null) {
      try {
        for (var entry : agent.getIdentities()) {
          identities.add(new AgentIdentity(agent, entry.getKey(), entry.getValue()));
        }
      } catch (IOException | RuntimeException e) {
        report.skipped("agent", SyncException.describe(e));
      }
    }
    return identities;
  }

  private static Iterator<PublicKeyIdentity> order(
      List<PublicKeyIdentity> certificates,
      List<AgentIdentity> agent,
      Map<HostKey, PublicKeyIdentity> files,
      boolean filesOnly) {
    var ordered = new ArrayList<>(certificates);
    var others = new ArrayList<PublicKeyIdentity>();
    for (var identity : agent) {
      if (files.remove(HostKey.of(plain(identity.key()))) != null) {
        ordered.add(identity);
      } else if (!filesOnly) {
        others.add(identity);
      }
    }
    ordered.addAll(others);
    ordered.addAll(files.values());
    return ordered.iterator();
  }

  private static PublicKey plain(PublicKey key) {
    return key instanceof OpenSshCertificate certificate ? certificate.getCertPubKey() : key;
  }
}
