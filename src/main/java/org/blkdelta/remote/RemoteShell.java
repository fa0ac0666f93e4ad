package org.blkdelta.remote;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// Runs commands on other machines, over the built-in SSH client or an external one.
public final class RemoteShell {

  private RemoteShell() {}

  /// Connects, logs in and starts a command line, which the remote login shell interprets: build it
  /// by [ShellWords#join]. Standard error comes line by line as [Questions#tell].
  ///
  /// The external client runs where the options name one, or where the user's configuration needs
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
    host.checked();
    checkIdentities(options);
    if (options.command().isPresent()) {
      return external(
          ShellWords.split(options.command().get()), host, commandLine, options, questions);
    }
    var program = SshProgram.find(searchPath);
    var config = configuration(host, options, questions, program);
    var reason = config.unsupported().or(() -> new Algorithms(config).unavailable());
    if (reason.isEmpty()) {
      return builtIn(config, commandLine, options, questions);
    }
    if (program.isEmpty()) {
      throw new ConnectionException(
          host + ": " + reason.get() + " needs the ssh program; install openssh-client");
    }
    tell(
        options,
        questions,
        host + ": the ssh program runs, since " + reason.get() + " is configured");
    return external(program.get().clientWords(config), host, commandLine, options, questions);
  }

  private static SshConfig configuration(
      Host host, SshOptions options, Questions questions, Optional<SshProgram> program)
      throws ConnectionException {
    if (program.isPresent()) {
      return program.get().configuration(host, options);
    }
    var unread = Path.of(System.getProperty("user.home"), ".ssh", "config");
    if (options.configFile().isEmpty() && Files.exists(unread)) {
      questions.tell(host + ": " + unread + " is not read: the ssh program is not in PATH");
    }
    return SshProgram.builtIn(host, options);
  }

  private static RemoteProcess builtIn(
      SshConfig config, String commandLine, SshOptions options, Questions questions)
      throws SyncException {
    var connection =
        SshConnection.open(config, config.isOn("batchmode", false) ? mute(questions) : questions);
    try {
      tell(options, questions, connection.description());
      return connection.run(commandLine, questions::tell);
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

  private static void checkIdentities(SshOptions options) throws UsageException {
    for (var file : options.identities()) {
      if (!Files.exists(file)) {
        throw new UsageException("-i " + file + ": no such file");
      }
      if (!Files.isReadable(file)) {
        throw new UsageException("-i " + file + ": permission denied");
      }
    }
  }

  /// Returns questions to which there is never an answer.
  private static Questions mute(Questions questions) {
    return new Questions() {
      @Override
      public Optional<char[]> secret(String prompt) {
        return Optional.empty();
      }

      @Override
      public boolean agree(String question) {
        return false;
      }

      @Override
      public void tell(String line) {
        questions.tell(line);
      }
    };
  }

  private static void tell(SshOptions options, Questions questions, String line) {
    if (options.verbose()) {
      questions.tell(line);
    }
  }
}
