package org.blkdelta.remote;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// How a host is reached: its configuration, and what in it the built-in client does not have.
///
/// @param host the host, checked
/// @param options what the command line says
/// @param questions whom to ask and tell
/// @param program the `ssh` program, if one is installed
/// @param config the host's configuration
record SshRoute(
    Host host,
    SshOptions options,
    Questions questions,
    Optional<SshProgram> program,
    SshConfig config) {

  /// Reads the configuration of a host. `searchPath` is where `ssh` is looked for.
  static SshRoute of(Host host, SshOptions options, Questions questions, String searchPath)
      throws SyncException {
    var program = SshProgram.find(searchPath);
    return new SshRoute(
        host, options, questions, program, configuration(host, options, questions, program));
  }

  /// Refuses a host or identity files that cannot be meant.
  static void check(Host host, SshOptions options) throws UsageException {
    host.checked();
    for (var file : options.identities()) {
      if (!Files.exists(file)) {
        throw new UsageException("-i " + file + ": no such file");
      }
      if (!Files.isReadable(file)) {
        throw new UsageException("-i " + file + ": permission denied");
      }
    }
  }

  /// Returns the setting that the built-in client does not have, if there is one.
  Optional<String> obstacle() {
    return config.unsupported().or(() -> new Algorithms(config).unavailable());
  }

  /// Connects by the built-in client and logs in.
  SshConnection connect() throws ConnectionException {
    var connection =
        SshConnection.open(
            config,
            config.isOn("batchmode", false) ? Questions.telling(questions::tell) : questions);
    try {
      tell(connection.description());
      return connection;
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /// Tells a line where `--verbose` asked for it.
  void tell(String line) {
    if (options.verbose()) {
      questions.tell(line);
    }
  }

  private static SshConfig configuration(
      Host host, SshOptions options, Questions questions, Optional<SshProgram> program)
      throws ConnectionException {
    if (program.isPresent()) {
      return program.get().configuration(host, options);
    }
    var unread = Path.of(System.getProperty("user.home"), ".ssh", "config");
    if (options.configFile().isEmpty() && Files.exists(unread)) {
      questions.tell(unread + " is not read: the ssh program is not in PATH");
    }
    return SshProgram.builtIn(host, options);
  }
}
