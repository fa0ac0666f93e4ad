package org.blkdelta.remote;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What the command line says about SSH. Each part means what it means to `ssh`.
///
/// @param command the external client to run instead of the built-in one (`-e`), with its arguments
/// @param configFile the configuration to read instead of the user's (`-F`); `none` for no file
/// @param identities private keys to offer (`-i`)
/// @param port the TCP port (`-p`); one in the location wins
/// @param settings configuration lines that win over the file's, as `Key=value` (`-o`)
/// @param verbose whether to tell how the connection is made
public record SshOptions(
    Optional<String> command,
    Optional<Path> configFile,
    List<Path> identities,
    OptionalInt port,
    List<String> settings,
    boolean verbose) {

  /// The options of a command line that says nothing about SSH.
  public static final SshOptions DEFAULT =
      new SshOptions(
          Optional.empty(), Optional.empty(), List.of(), OptionalInt.empty(), List.of(), false);

  /// Copies the lists.
  public SshOptions {
    identities = List.copyOf(identities);
    settings = List.copyOf(settings);
  }

  /// Returns the port for a host: the one it was written with, or `-p`.
  OptionalInt port(Host host) {
    return host.port().isPresent() ? host.port() : port;
  }
}
