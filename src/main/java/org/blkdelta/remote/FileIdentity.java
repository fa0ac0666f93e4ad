package org.blkdelta.remote;

import java.security.KeyPair;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import javax.security.auth.login.FailedLoginException;
import org.apache.sshd.client.auth.pubkey.PublicKeyIdentity;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.signature.Signature;

/// A key, or its certificate, whose private half is in a file. The file is decoded, and its
/// passphrase asked for, only when the server has said that it would accept the key.
final class FileIdentity implements PublicKeyIdentity {

  private final KeyFile file;
  private final PublicKey shown;
  private final FilePasswordProvider passphrases;
  private final List<NamedFactory<Signature>> algorithms;

  FileIdentity(
      KeyFile file,
      PublicKey shown,
      FilePasswordProvider passphrases,
      List<NamedFactory<Signature>> algorithms) {
    this.file = file;
    this.shown = shown;
    this.passphrases = passphrases;
    this.algorithms = algorithms;
  }

  @Override
  public KeyPair getKeyIdentity() {
    return new KeyPair(shown, null);
  }

  @Override
  public Map.Entry<String, byte[]> sign(SessionContext session, String algorithm, byte[] data)
      throws Exception {
    var pair =
        file.keyPair(passphrases)
            .orElseThrow(() -> new FailedLoginException("no private key that can be used"));
    var factory =
        algorithms.stream()
            .filter(a -> a.getName().equals(algorithm))
            .findFirst()
            .orElseThrow(() -> new FailedLoginException("no algorithm " + algorithm));
    var signature = factory.create();
    signature.initSigner(session, pair.getPrivate());
    signature.update(session, data);
    return Map.entry(algorithm, signature.sign(session));
  }

  @Override
  public String toString() {
    return "key " + file;
  }
}
