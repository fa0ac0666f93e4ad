package org.blkdelta.remote;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.kex.KexState;
import org.apache.sshd.common.session.helpers.MissingAttachedSessionException;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// Tells apart why no connection came about, from what the SSH library says.
final class ConnectFault {

  private ConnectFault() {}

  /// Explains why an address could not be connected to.
  static ConnectionException explain(SshConfig config, InetAddress address, Exception fault) {
    var at = address.getHostAddress();
    var named = at.equals(config.host().toString()) ? "" : at + " ";
    var where = config.host() + ": " + named + "port " + config.port() + ": ";
    var cause = root(fault);
    var text = String.valueOf(cause.getMessage());
    if (cause instanceof TimeoutException
        || text.contains("time-out")
        || text.contains("timed out")) {
      return new ConnectionException(
          where
              + "no answer within "
              + config.connectTimeout().toSeconds()
              + " s; is the host up, and does a firewall drop the connection?",
          fault);
    }
    if (cause instanceof NoRouteToHostException) {
      return new ConnectionException(where + "no route to host; check the network", fault);
    }
    if (cause instanceof ConnectException && text.contains("refused")) {
      return new ConnectionException(
          where + "the connection is refused; does sshd listen there?", fault);
    }
    if (cause instanceof MissingAttachedSessionException) {
      return unsecured(config, "it was closed at once", fault);
    }
    return new ConnectionException(where + SyncException.describe(cause), fault);
  }

  /// Explains why a connected server could not be logged in to.
  static ConnectionException explainLogin(
      SshConfig config, ClientSession session, AuthReport report, Exception fault) {
    var cause = root(fault);
    var text = Names.printable(SyncException.describe(cause));
    int code = cause instanceof SshException ssh ? ssh.getDisconnectCode() : 0;
    if (code == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE) {
      return new ConnectionException(
          config.host()
              + ": ssh: the server refused to log in "
              + config.user()
              + ": "
              + report
              + "; check the user and its authorized_keys",
          fault);
    }
    if (text.startsWith("KeyExchange ")) {
      return new ConnectionException(
          config.host()
              + ": ssh: the host's certificate or signature is not valid: "
              + text
              + "; ask its administrator",
          fault);
    }
    if (session.getSessionId() == null || session.getKexState() != KexState.DONE) {
      return unsecured(config, text, fault);
    }
    return new ConnectionException(
        config.host() + ": ssh: the login of " + config.user() + " failed: " + text + "; " + report,
        fault);
  }

  /// Explains why a server that was logged in to opens no channel.
  static ConnectionException explainChannel(SshConfig config, Exception fault) {
    var cause = root(fault);
    var why =
        cause instanceof SshChannelOpenException
            ? "; look at MaxSessions and ForceCommand in its sshd_config"
            : "";
    return new ConnectionException(
        config.host()
            + ": ssh: the server opened no channel: "
            + Names.printable(SyncException.describe(cause))
            + why,
        fault);
  }

  private static ConnectionException unsecured(SshConfig config, String why, Exception fault) {
    return new ConnectionException(
        config.host()
            + ": ssh: no secure connection to port "
            + config.port()
            + ": "
            + why
            + "; is an SSH server there, and do its algorithms fit?",
        fault);
  }

  private static Throwable root(Throwable fault) {
    var cause = fault;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause;
  }
}
