package org.blkdelta.remote;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import javax.security.auth.login.FailedLoginException;
import org.apache.sshd.client.auth.pubkey.PublicKeyIdentity;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.signature.SignatureFactoriesManager;
import org.apache.sshd.common.util.buffer.Buffer;
import org.blkdelta.failure.ConnectionException;

/// Logging in by key: offers the keys of [OfferedKeys], and goes on to the next one where a key
/// that the server would accept cannot be used.
final class PublicKeyLogin extends UserAuthPublicKey {

  private final SshConfig config;
  private final FilePasswordProvider passphrases;
  private final AuthReport report;
  private final FirstFailure failure;

  private PublicKeyLogin(Factory factory) {
    super(factory.getSignatureFactories());
    this.config = factory.config;
    this.passphrases = factory.passphrases;
    this.report = factory.report;
    this.failure = factory.failure;
  }

  /// Makes the login of one connection.
  static final class Factory extends UserAuthPublicKeyFactory {

    private final SshConfig config;
    private final FilePasswordProvider passphrases;
    private final AuthReport report;
    private final FirstFailure failure;

    Factory(
        SshConfig config,
        List<NamedFactory<Signature>> algorithms,
        FilePasswordProvider passphrases,
        AuthReport report,
        FirstFailure failure) {
      super(algorithms);
      this.config = config;
      this.passphrases = passphrases;
      this.report = report;
      this.failure = failure;
    }

    @Override
    public UserAuthPublicKey createUserAuth(ClientSession session) throws IOException {
      return new PublicKeyLogin(this);
    }
  }

  @Override
  protected Iterator<PublicKeyIdentity> createPublicKeyIterator(
      ClientSession session, SignatureFactoriesManager manager) throws Exception {
    try {
      return new OfferedKeys(config, passphrases, getSignatureFactories(), report);
    } catch (ConnectionException e) {
      failure.set(e);
      throw e;
    }
  }

  @Override
  protected boolean processAuthDataRequest(ClientSession session, String service, Buffer buffer)
      throws Exception {
    try {
      return super.processAuthDataRequest(session, service, buffer);
    } catch (FailedLoginException unusable) {
      report.skipped(String.valueOf(current), unusable);
      current = null;
      return false;
    } catch (ConnectionException e) {
      failure.set(e);
      throw e;
    }
  }

  @Override
  public void signalAuthMethodFailure(
      ClientSession session, String service, boolean partial, List<String> methods, Buffer buffer)
      throws Exception {
    report.accepted(methods);
    super.signalAuthMethodFailure(session, service, partial, methods, buffer);
  }
}
