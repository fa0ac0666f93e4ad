package org.blkdelta.remote;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.UserAuthFactory;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntry;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.future.ConnectFuture;
import org.apache.sshd.client.session.ClientUserAuthServiceFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// The SSH library's client, set up for one host by its configuration. Its threads are daemons.
final class BuiltInClient extends SshClient {

  /// No limit that a transfer could meet. The destination may take minutes for a sync while nothing
  /// moves.
  private static final Duration FOREVER = Duration.ofDays(365);

  private static final Duration LOGIN_TIMEOUT = Duration.ofMinutes(2);

  private final SshConfig config;

  private BuiltInClient(SshConfig config) {
    this.config = config;
  }

  /// Returns a client that is ready to connect to the configuration's host.
  static BuiltInClient start(
      SshConfig config, Questions questions, AuthReport report, FirstFailure failure)
      throws ConnectionException {
    Ed25519.register();
    var knownHosts = knownHosts(config);
    var algorithms = new Algorithms(config);
    var random = new GatheredRandom();
    var builder =
        new ClientBuilder()
            .factory(() -> new BuiltInClient(config))
            .randomFactory(() -> random)
            .cipherFactories(algorithms.ciphers())
            .macFactories(algorithms.macs())
            .keyExchangeFactories(algorithms.keyExchanges())
            .signatureFactories(algorithms.hostKeys(knownHosts))
            .hostConfigEntryResolver(HostConfigEntryResolver.EMPTY)
            .serverKeyVerifier(new HostKeyCheck(config, knownHosts, questions, failure));
    var client = (BuiltInClient) builder.build();
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setUserInteraction(new PasswordPrompts(config.host(), questions, report));
    client.setUserAuthFactories(
        logins(config, algorithms, new Passphrases(config.host(), questions), report, failure));
    client.setServiceFactories(
        List.of(ClientUserAuthServiceFactory.INSTANCE, new Liveness.Factory()));
    client.setProperties();
    client.setSessionFactory(PromptSession.factory(client));
    client.start();
    return client;
  }

  /// Begins to connect to one of the host's addresses.
  ConnectFuture connect(InetAddress address) throws IOException {
    return connect(config.user(), address.getHostAddress(), config.port());
  }

  /// Puts the host's name in the place of the address: the library compares it to a certificate's
  /// principals.
  @Override
  protected void onConnectOperationComplete(
      IoSession io,
      ConnectFuture future,
      String user,
      SocketAddress address,
      KeyIdentityProvider identities,
      HostConfigEntry entry)
      throws IOException, GeneralSecurityException {
    var bytes = ((InetSocketAddress) address).getAddress().getAddress();
    var named =
        new InetSocketAddress(InetAddress.getByAddress(config.keyName(), bytes), config.port());
    super.onConnectOperationComplete(io, future, user, named, identities, entry);
  }

  private static KnownHosts knownHosts(SshConfig config) throws ConnectionException {
    var files = new ArrayList<>(config.userKnownHosts());
    files.addAll(config.globalKnownHosts());
    try {
      return KnownHosts.read(files);
    } catch (IOException e) {
      throw new ConnectionException(config.host() + ": " + SyncException.describe(e), e);
    }
  }

  private static List<UserAuthFactory> logins(
      SshConfig config,
      Algorithms algorithms,
      Passphrases passphrases,
      AuthReport report,
      FirstFailure failure) {
    var logins = new ArrayList<UserAuthFactory>();
    if (config.isOn("pubkeyauthentication", true)) {
      logins.add(
          new PublicKeyLogin.Factory(config, algorithms.userKeys(), passphrases, report, failure));
    }
    if (config.isOn("kbdinteractiveauthentication", true)) {
      logins.add(UserAuthKeyboardInteractiveFactory.INSTANCE);
    }
    if (config.isOn("passwordauthentication", true)) {
      logins.add(UserAuthPasswordFactory.INSTANCE);
    }
    return logins;
  }

  private void setProperties() {
    CoreModuleProperties.TCP_NODELAY.set(this, true);
    CoreModuleProperties.SOCKET_KEEPALIVE.set(this, config.isOn("tcpkeepalive", true));
    CoreModuleProperties.IO_CONNECT_TIMEOUT.set(this, config.connectTimeout());
    CoreModuleProperties.AUTH_TIMEOUT.set(this, LOGIN_TIMEOUT);
    CoreModuleProperties.PASSWORD_PROMPTS.set(this, config.number("numberofpasswordprompts", 3));
    config.chosen("preferredauthentications").ifPresent(this::setPreferredLogins);
    CoreModuleProperties.REQUEST_EXEC_REPLY.set(this, true);
    CoreModuleProperties.REKEY_BYTES_LIMIT.set(this, config.rekeyBytes());
    CoreModuleProperties.REKEY_TIME_LIMIT.set(this, config.rekeyInterval());
    CoreModuleProperties.IDLE_TIMEOUT.set(this, Duration.ZERO);
    CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(this, FOREVER);
    CoreModuleProperties.HEARTBEAT_REQUEST.set(this, "keepalive@openssh.com");
    CoreModuleProperties.HEARTBEAT_INTERVAL.set(this, config.aliveInterval());
    CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(this, config.aliveCount());
    CoreModuleProperties.NIO2_MIN_WRITE_TIMEOUT.set(
        this, config.aliveInterval().multipliedBy(config.aliveCount()));
  }

  private void setPreferredLogins(List<String> methods) {
    CoreModuleProperties.PREFERRED_AUTHS.set(this, String.join(",", methods));
  }
}
