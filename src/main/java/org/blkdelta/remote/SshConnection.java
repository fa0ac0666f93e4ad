package org.blkdelta.remote;

import java.io.Closeable;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.session.ConnectionService;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// A connection of the built-in client: reached, verified and logged in. Closing it ends it at
/// once.
public final class SshConnection implements Closeable {

  /// What OpenSSH's own client asks to see whether the server is there.
  private static final String QUESTION = "keepalive@openssh.com";

  private static final Duration LOGIN_TIMEOUT = Duration.ofMinutes(3);
  private static final Duration EXEC_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final SshConfig config;
  private final BuiltInClient client;
  private final ClientSession session;
  private final SessionWatch watch;

  private SshConnection(
      SshConfig config, BuiltInClient client, ClientSession session, SessionWatch watch) {
    this.config = config;
    this.client = client;
    this.session = session;
    this.watch = watch;
  }

  /// Connects to a host whose files are to be read, and logs in. Only the built-in client can.
  ///
  /// @throws UsageException if the options name another client, or the host's configuration needs
  ///     one
  public static SshConnection forFiles(Host host, SshOptions options, Questions questions)
      throws SyncException {
    SshRoute.check(host, options);
    if (options.command().isPresent()) {
      throw new UsageException(
          host + ": files there are read by the built-in SSH client only; leave out --ssh-command");
    }
    var path = System.getenv().getOrDefault("PATH", "");
    var approach = SshRoute.of(host, options, questions, path);
    if (approach.obstacle().isPresent()) {
      throw new UsageException(
          "%s: files there are read by the built-in SSH client, which does not have %s; %s"
              .formatted(
                  host,
                  approach.obstacle().get(),
                  "reach the host without it (see -F and -o), or copy the files first"));
    }
    return approach.connect();
  }

  /// Connects to the host of a configuration and logs in.
  static SshConnection open(SshConfig config, Questions questions) throws ConnectionException {
    var failure = new FirstFailure();
    var report = new AuthReport(questions::tell);
    var watch = new SessionWatch();
    var client = BuiltInClient.start(config, questions, report, failure);
    try {
      client.addSessionListener(watch);
      var session = connect(client, config);
      var connection = new SshConnection(config, client, session, watch);
      connection.logIn(report, failure);
      return connection;
    } catch (ConnectionException | RuntimeException e) {
      client.close(true);
      throw e;
    }
  }

  /// Starts a command. Whole lines of its standard error go to `lines`.
  RemoteProcess run(String commandLine, Consumer<String> lines) throws ConnectionException {
    var stderr = new StderrTail(lines);
    try {
      var channel = new ExecChannel(commandLine, config.environment());
      session.getService(ConnectionService.class).registerChannel(channel);
      channel.setErr(stderr);
      channel.open().verify(EXEC_TIMEOUT);
      if (!channel.awaitAgreement(EXEC_TIMEOUT)) {
        throw session.isOpen()
            ? failed("the server refused to run a command; is the account for file transfer only?")
            : new ConnectionException(lossMessage());
      }
      if (session instanceof PromptSession prompt) {
        prompt.commandRuns();
      }
      return new ChannelProcess(this, channel, stderr);
    } catch (ConnectionException e) {
      throw e;
    } catch (IOException e) {
      throw ConnectFault.explainChannel(config, e);
    }
  }

  /// Opens a channel to a subsystem of the server.
  public void open(ChannelSubsystem channel) throws ConnectionException {
    try {
      session.getService(ConnectionService.class).registerChannel(channel);
      channel.open().verify(EXEC_TIMEOUT);
    } catch (IOException e) {
      throw ConnectFault.explainChannel(config, e);
    }
  }

  /// Measures how long a question and its answer are under way: the second one, because the first
  /// also loads classes. Empty where there was no answer.
  Optional<Duration> roundTrip() {
    var taken = Optional.<Duration>empty();
    for (int time = 0; time < 2; time++) {
      try {
        var question = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
        question.putString(QUESTION);
        question.putBoolean(true);
        long start = System.nanoTime();
        session.request(QUESTION, question, EXEC_TIMEOUT);
        taken = Optional.of(Duration.ofNanos(System.nanoTime() - start));
      } catch (IOException unanswered) {
        return Optional.empty();
      }
    }
    return taken;
  }

  /// Returns the host, as messages name it.
  public Host host() {
    return config.host();
  }

  /// Returns the library's session.
  public ClientSession session() {
    return session;
  }

  /// Returns the library's client.
  public SshClient client() {
    return client;
  }

  /// Tells whether the connection has ended.
  public boolean isLost() {
    return !session.isOpen();
  }

  /// Returns what is wrong where the connection ended before its command did.
  public IOException lost() {
    return new IOException(lossMessage());
  }

  /// Returns what is wrong where the command ended before it was given everything.
  IOException ended() {
    return new IOException(config.host() + ": ssh: the remote command ended early");
  }

  /// Returns how the connection is made, for `--verbose`.
  String description() {
    return "ssh: logged in as "
        + config.user()
        + ", cipher "
        + session.getNegotiatedKexParameter(KexProposalOption.C2SENC)
        + ", host key "
        + session.getNegotiatedKexParameter(KexProposalOption.SERVERKEYS);
  }

  @Override
  public void close() {
    try {
      client.close(true).await(CLOSE_TIMEOUT);
    } catch (IOException interrupted) {
      // The threads are daemons: what is left of them ends with the program.
    }
  }

  private String lossMessage() {
    return config.host()
        + ": ssh: the connection was lost"
        + watch.reason().map(reason -> ": " + reason).orElse("");
  }

  private static ClientSession connect(BuiltInClient client, SshConfig config)
      throws ConnectionException {
    ConnectionException last = null;
    for (var address : addresses(config)) {
      try {
        return client.connect(address).verify(config.connectTimeout()).getClientSession();
      } catch (IOException | RuntimeException e) {
        last = ConnectFault.explain(config, address, e);
      }
    }
    throw last == null
        ? new ConnectionException(
            config.host() + ": " + config.hostName() + ": no address of the wanted family")
        : last;
  }

  private static List<InetAddress> addresses(SshConfig config) throws ConnectionException {
    try {
      var family = config.first("addressfamily").orElse("any");
      return Arrays.stream(InetAddress.getAllByName(config.hostName()))
          .filter(a -> family.equals("any") || a instanceof Inet4Address == family.equals("inet"))
          .toList();
    } catch (UnknownHostException e) {
      throw new ConnectionException(
          config.host()
              + ": the name "
              + config.hostName()
              + " does not resolve; check its spelling"
              + " and the DNS",
          e);
    }
  }

  private void logIn(AuthReport report, FirstFailure failure) throws ConnectionException {
    if (!watch.awaitGreeting(config.connectTimeout())) {
      throw failed(
          "port "
              + config.port()
              + " accepts connections, but says nothing within "
              + config.connectTimeout().toSeconds()
              + " s; is the host overloaded, or is something else than sshd there?");
    }
    try {
      session.auth().verify(LOGIN_TIMEOUT);
    } catch (IOException | RuntimeException e) {
      if (failure.get().isPresent()) {
        throw failure.get().get();
      }
      throw ConnectFault.explainLogin(config, session, report, e);
    }
  }

  private ConnectionException failed(String what) {
    return new ConnectionException(config.host() + ": ssh: " + what);
  }
}
