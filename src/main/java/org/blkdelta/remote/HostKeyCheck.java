package org.blkdelta.remote;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.KnownHosts.Verdict;
import org.jspecify.annotations.Nullable;

/// Decides whether a server is the one that the user meant, as `ssh` does with its `known_hosts`
/// files, and never less strictly: a changed or revoked key is refused whatever is configured.
///
/// Of a certificate, the library has checked type, validity, principals, critical options and the
/// authority's signature before this asks whether that authority is believed.
final class HostKeyCheck implements ServerKeyVerifier {

  private static final int MIN_RSA = 1024;

  private final SshConfig config;
  private final KnownHosts knownHosts;
  private final Questions questions;
  private final FirstFailure failure;
  private volatile @Nullable HostKey accepted;

  HostKeyCheck(SshConfig config, KnownHosts knownHosts, Questions questions, FirstFailure failure) {
    this.config = config;
    this.knownHosts = knownHosts;
    this.questions = questions;
    this.failure = failure;
  }

  /// Is called for the first key exchange and for each renewal. A renewal must show the same key.
  @Override
  public boolean verifyServerKey(ClientSession session, SocketAddress address, PublicKey key) {
    try {
      var plain = HostKey.of(key instanceof OpenSshCertificate cert ? cert.getCertPubKey() : key);
      if (accepted == null) {
        check(key, text(address));
        accepted = plain;
      } else if (!accepted.equals(plain)) {
        throw refused("the host key changed during the connection; someone may be listening in");
      }
      return true;
    } catch (ConnectionException refusal) {
      failure.set(refusal);
      return false;
    }
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress internet && internet.getAddress() != null
        ? internet.getAddress().getHostAddress()
        : address.toString();
  }

  private void check(PublicKey key, String address) throws ConnectionException {
    if (key instanceof OpenSshCertificate certificate) {
      if (!isBelieved(certificate)) {
        check(certificate.getCertPubKey(), address);
      }
      return;
    }
    checkLength(key);
    var shown = HostKey.of(key);
    switch (verdict(shown)) {
      case Verdict.Known known -> {}
      case Verdict.Unknown unknown -> checkUnknown(shown, address);
      case Verdict.Changed changed ->
          throw refused(
              """
              the host key has changed: it shows %s, but %s has %s; someone may be listening in, \
              or the host was reinstalled: ask its administrator, then remove that line"""
                  .formatted(shown, changed.line().place(), changed.line().key()));
      case Verdict.Revoked revoked -> throw revoked(shown, revoked.line());
    }
  }

  private boolean isBelieved(OpenSshCertificate certificate) throws ConnectionException {
    checkLength(certificate.getCertPubKey());
    var name = config.knownAs();
    var authority = HostKey.of(certificate.getCaPubKey());
    for (var key : new HostKey[] {authority, HostKey.of(certificate.getCertPubKey())}) {
      var revocation = knownHosts.revocation(name, key);
      if (revocation.isPresent()) {
        throw revoked(key, revocation.get());
      }
    }
    var algorithms = config.chosen("casignaturealgorithms");
    if (algorithms.isPresent() && !algorithms.get().contains(certificate.getSignatureAlgorithm())) {
      return false;
    }
    return knownHosts.trusts(name, authority);
  }

  private void checkLength(PublicKey key) throws ConnectionException {
    int least = config.number("requiredrsasize", MIN_RSA);
    if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < least) {
      throw refused(
          "the host's RSA key has %d bits, fewer than %d; give the host a longer key"
              .formatted(rsa.getModulus().bitLength(), least));
    }
  }

  private Verdict verdict(HostKey shown) {
    var verdict = knownHosts.judge(config.knownAs(), shown);
    if (verdict instanceof Verdict.Unknown && config.alsoKnownAs().isPresent()) {
      var withoutPort = knownHosts.judge(config.alsoKnownAs().get(), shown);
      return withoutPort instanceof Verdict.Changed ? verdict : withoutPort;
    }
    return verdict;
  }

  private void checkUnknown(HostKey shown, String address) throws ConnectionException {
    boolean believed =
        switch (config.strictness()) {
          case YES -> false;
          case ACCEPT_NEW -> true;
          case ASK -> questions.agree(question(shown, address));
        };
    if (!believed) {
      throw refused(
          "the host key is not known: %s is not in %s; check the fingerprint, and connect once with ssh"
              .formatted(shown, files()));
    }
    remember(shown);
  }

  private String question(HostKey shown, String address) {
    return """
        The authenticity of %s (%s) is not established.
        Its key is %s.
        Is this the right host, and should its key be remembered?"""
        .formatted(config.knownAs(), address, shown);
  }

  private String files() {
    var files = config.userKnownHosts().stream().map(Path::toString).toList();
    return files.isEmpty() ? "any known_hosts file" : Names.printable(String.join(" or ", files));
  }

  private void remember(HostKey shown) {
    var files = config.userKnownHosts();
    if (files.isEmpty()) {
      return;
    }
    try {
      boolean hashed = config.isOn("hashknownhosts", false);
      KnownHosts.append(files.getFirst(), config.knownAs(), shown, hashed);
    } catch (IOException e) {
      questions.tell("the host key is not remembered: " + SyncException.describe(e));
    }
  }

  private ConnectionException revoked(HostKey key, KnownHostsLine line) {
    return refused(
        "the host key " + key + " is revoked at " + line.place() + "; do not connect to this host");
  }

  private ConnectionException refused(String what) {
    return new ConnectionException(config.host() + ": ssh: " + what);
  }
}
