package org.blkdelta.remote;

import java.util.ArrayList;
import java.util.List;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// Runs commands on other machines, over the built-in SSH client or an external one.
public final class RemoteShell {

  private RemoteShell() {}

  /// Connects, logs in and starts a command line, which the remote login shell interprets: build it
  /// by [ShellWords#join]. Standard error comes line by line as [Questions#tell].
  ///
  /// The external client runs if the options name one, or if the user's configuration needs
  /// something that the built-in one does not have, such as `ProxyJump`.
  ///
  /// @throws org.blkdelta.failure.ConnectionException if the host cannot be reached, verified or
  ///     logged in to, or runs no commands; over an external client this may come as late as the
  ///     first byte that is read
  public static RemoteProcess start(
      Host host, String commandLine, SshOptions options, Questions questions) throws SyncException {
    return start(host, commandLine, options, questions, System.getenv().getOrDefault("PATH", ""));
  }

  /// Does so with another search path for the `ssh` program.
  static RemoteProcess start(
      Host host, String commandLine, SshOptions options, Questions questions, String searchPath)
      throws SyncException {
    SshRoute.check(host, options);
    if (options.command().isPresent()) {
      return external(
          ShellWords.split(options.command().get()), host, commandLine, options, questions);
    }
    var approach = SshRoute.of(host, options, questions, searchPath);
    var obstacle = approach.obstacle();
    if (obstacle.isEmpty()) {
      return builtIn(approach, commandLine);
    }
    if (approach.program().isEmpty()) {
      throw new ConnectionException(
          host + ": " + obstacle.get() + " needs the ssh program; install openssh-client");
    }
    approach.tell("the ssh program runs, since " + obstacle.get() + " is configured");
    var client = approach.program().get().clientWords(approach.config());
    return external(client, host, commandLine, options, questions);
  }

  private static RemoteProcess builtIn(SshRoute approach, String commandLine) throws SyncException {
    var connection = approach.connect();
    try {
      return connection.run(commandLine, approach.questions()::tell);
    } catch (SyncException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static RemoteProcess external(
      List<String> client, Host host, String commandLine, SshOptions options, Questions questions)
      throws SyncException {
    if (client.isEmpty()) {
      throw new UsageException("--ssh-command is empty; name a program");
    }
    var words = new ArrayList<>(client);
    words.addAll(SshProgram.arguments(options, host));
    words.add(host.name());
    words.add(commandLine);
    return ExternalProcess.start(host, words, questions::tell);
  }
}
