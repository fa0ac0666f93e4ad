package org.blkdelta.remote;

import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.session.SessionContext;
import org.blkdelta.failure.ConnectionException;
import org.jspecify.annotations.Nullable;

/// Asks for the passphrases of encrypted keys, three times for each.
final class Passphrases implements FilePasswordProvider {

  private static final int TRIES = 3;

  private final Host host;
  private final Questions questions;

  Passphrases(Host host, Questions questions) {
    this.host = host;
    this.questions = questions;
  }

  @Override
  public @Nullable String getPassword(SessionContext session, NamedResource key, int retry) {
    return questions
        .secret("Passphrase for key '" + Names.printable(key.getName()) + "': ")
        .map(String::new)
        .orElse(null);
  }

  @Override
  public ResourceDecodeResult handleDecodeAttemptResult(
      SessionContext session,
      NamedResource key,
      int retry,
      String passphrase,
      @Nullable Exception error)
      throws ConnectionException {
    if (error != null && retry + 1 == TRIES) {
      throw new ConnectionException(
          host + ": " + key.getName() + ": the passphrase is wrong; try again, or use ssh-add",
          error);
    }
    return ResourceDecodeResult.RETRY;
  }
}
