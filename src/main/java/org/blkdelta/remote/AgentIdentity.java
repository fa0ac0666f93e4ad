package org.blkdelta.remote;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Map;
import javax.security.auth.login.FailedLoginException;
import org.apache.sshd.client.auth.pubkey.PublicKeyIdentity;
import org.apache.sshd.common.session.SessionContext;

/// A key, or a certificate, whose private half is in an agent.
record AgentIdentity(AgentClient agent, PublicKey key, String comment)
    implements PublicKeyIdentity {

  @Override
  public KeyPair getKeyIdentity() {
    return new KeyPair(key, null);
  }

  /// For a certificate, the agent answers with the plain algorithm's name, and the library wants
  /// the certificate's.
  @Override
  public Map.Entry<String, byte[]> sign(SessionContext session, String algorithm, byte[] data)
      throws Exception {
    try {
      return Map.entry(algorithm, agent.sign(session, key, algorithm, data).getValue());
    } catch (IOException refused) {
      throw new FailedLoginException("the agent does not sign: " + refused.getMessage());
    }
  }

  @Override
  public String toString() {
    return "agent key " + comment;
  }
}
