package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.SshOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How the remote side is reached. The short options mean what they mean to ssh.
@Command(optionListHeading = "Connection:")
final class SshSettings {

  private static final int MAX_PORT = 65535;

  @Option(
      names = {"-e", "--ssh-command"},
      paramLabel = "CMD",
      description = {
        "Run this SSH client instead of the built-in one.",
        "For example \"ssh -J jump\". The built-in one reads the same configuration, and hands over to ssh by itself if that asks for something it does not have, such as ProxyJump."
      })
  @Nullable String command;

  @Option(
      names = "-F",
      paramLabel = "FILE",
      description = "Read only this SSH configuration; none for no file.")
  @Nullable Path configFile;

  @Option(
      names = "-i",
      paramLabel = "FILE",
      description = "Offer this private key; may be given several times.")
  List<Path> identities = new ArrayList<>();

  @Option(names = "-p", paramLabel = "PORT", description = "Connect to this port.")
  @Nullable Integer port;

  SshOptions options(boolean verbose) throws UsageException {
    if (port != null && (port < 1 || port > MAX_PORT)) {
      throw new UsageException("-p %d: write a port, 1 to %d".formatted(port, MAX_PORT));
    }
    return new SshOptions(
        Optional.ofNullable(command),
        Optional.ofNullable(configFile),
        identities,
        port == null ? OptionalInt.empty() : OptionalInt.of(port),
        List.of(),
        verbose);
  }
}
