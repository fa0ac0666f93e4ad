package org.blkdelta.remote;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.Signals;

/// The `ssh` program, as the reader of its own configuration.
final class SshProgram {

  /// A configuration has a few thousand.
  private static final int MAX_PRINTED = 16 << 20;

  private static final Pattern NUMBERS =
      Pattern.compile(
          "(?i)(port|connecttimeout|serveraliveinterval|serveralivecountmax"
              + "|numberofpasswordprompts|requiredrsasize|rekeylimit) ");

  private final Path file;

  private SshProgram(Path file) {
    this.file = file;
  }

  /// Returns the program that the search path finds, if one is installed.
  static Optional<SshProgram> find(String searchPath) {
    for (var directory : searchPath.split(":", -1)) {
      var file = Path.of(directory, "ssh");
      if (file.isAbsolute() && Files.isExecutable(file) && !Files.isDirectory(file)) {
        return Optional.of(new SshProgram(file));
      }
    }
    return Optional.empty();
  }

  /// Returns the words that start the program as the client of a host: without a terminal there,
  /// and with requests for signs of life unless they are configured.
  List<String> clientWords(SshConfig config) {
    var words = new ArrayList<>(List.of(file.toString(), "-T"));
    if (!config.aliveConfigured()) {
      words.addAll(
          List.of(
              "-o",
              "ServerAliveInterval=" + config.aliveInterval().toSeconds(),
              "-o",
              "ServerAliveCountMax=" + config.aliveCount()));
    }
    return words;
  }

  /// Returns the configuration of a host.
  SshConfig configuration(Host host, SshOptions options) throws ConnectionException {
    var chosen = new ArrayList<>(arguments(options, host));
    chosen.add(host.name());
    var printing = print(host, chosen);
    var defaults = print(host, List.of("-F", "none", host.name()));
    return SshConfig.parse(host, printed(host, printing), printed(host, defaults)).checked();
  }

  /// Returns the configuration of a host where there is no `ssh` to read files: the settings of the
  /// command line and built-in defaults.
  static SshConfig builtIn(Host host, SshOptions options) throws ConnectionException {
    if (options.configFile().isPresent() && !options.configFile().get().equals(Path.of("none"))) {
      throw new ConnectionException(
          host
              + ": "
              + options.configFile().get()
              + ": the ssh program that reads it is not in PATH;"
              + " install openssh-client");
    }
    var lines = new ArrayList<String>();
    for (var setting : options.settings()) {
      var line = setting.replaceFirst("\\s*=\\s*|\\s+", " ");
      if (NUMBERS.matcher(line).lookingAt() && !line.matches("\\S+ [0-9]{1,9}")) {
        throw new ConnectionException(host + ": -o " + setting + ": a number is expected");
      }
      lines.add(line);
    }
    options.port(host).ifPresent(port -> lines.add("port " + port));
    options.identities().forEach(file -> lines.add("identityfile " + file));
    return SshConfig.parse(host, lines, List.of()).checked();
  }

  /// Returns the arguments that stand for the options, up to the host's name.
  static List<String> arguments(SshOptions options, Host host) {
    var arguments = new ArrayList<String>();
    options.configFile().ifPresent(f -> arguments.addAll(List.of("-F", f.toString())));
    options.identities().forEach(i -> arguments.addAll(List.of("-i", i.toString())));
    options.port(host).ifPresent(p -> arguments.addAll(List.of("-p", String.valueOf(p))));
    options.settings().forEach(s -> arguments.addAll(List.of("-o", s)));
    host.user().ifPresent(u -> arguments.addAll(List.of("-l", u)));
    return arguments;
  }

  private Process print(Host host, List<String> arguments) throws ConnectionException {
    var command = new ArrayList<>(List.of(file.toString(), "-G", "-T"));
    command.addAll(arguments);
    try {
      var process = Signals.shielded(new ProcessBuilder(command)::start);
      process.getOutputStream().close();
      return process;
    } catch (IOException e) {
      throw failed(host, e);
    }
  }

  private List<String> printed(Host host, Process printing) throws ConnectionException {
    try {
      var lines = lines(printing.getInputStream());
      var complaints = lines(printing.getErrorStream());
      if (ExitStatus.await(printing) != 0) {
        throw new ConnectionException(
            host + ": ssh -G: " + Names.printable(String.join("; ", complaints)));
      }
      return lines;
    } catch (ConnectionException e) {
      throw e;
    } catch (IOException e) {
      printing.destroy();
      throw failed(host, e);
    }
  }

  private ConnectionException failed(Host host, IOException fault) {
    return new ConnectionException(
        host + ": " + file + ": " + SyncException.describe(fault), fault);
  }

  private static List<String> lines(InputStream stream) throws IOException {
    var printed = stream.readNBytes(MAX_PRINTED + 1);
    if (printed.length > MAX_PRINTED) {
      throw new IOException("prints more than %d bytes".formatted(MAX_PRINTED));
    }
    return new String(printed, StandardCharsets.UTF_8).lines().toList();
  }
}
