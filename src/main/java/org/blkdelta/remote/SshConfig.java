package org.blkdelta.remote;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.failure.ConnectionException;
import org.jspecify.annotations.Nullable;

/// The SSH configuration of one host, as `ssh -G` prints it: every `Match`, `Include` and pattern
/// is resolved, one setting a line, names in lower case. See ssh_config(5).
final class SshConfig {

  private static final Set<String> UNSUPPORTED =
      Set.of(
          "proxycommand",
          "proxyjump",
          "controlpath",
          "pkcs11provider",
          "certificatefile",
          "knownhostscommand",
          "revokedhostkeys",
          "bindaddress",
          "bindinterface",
          "verifyhostkeydns");
  private static final Set<String> OFF = Set.of("none", "no", "false", "off");
  private static final List<String> DEFAULT_IDENTITIES =
      List.of("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519");
  private static final int SSH_PORT = 22;

  private final Host host;
  private final Map<String, List<String>> settings;
  private final Map<String, List<String>> defaults;

  private SshConfig(
      Host host, Map<String, List<String>> settings, Map<String, List<String>> defaults) {
    this.host = host;
    this.settings = settings;
    this.defaults = defaults;
  }

  /// Reads what `ssh -G` printed for a host, and what it prints with no configuration at all. The
  /// latter tells what was set on purpose.
  static SshConfig parse(Host host, List<String> lines, List<String> defaults) {
    return new SshConfig(host, settings(lines), settings(defaults));
  }

  /// Returns this, whose numbers and files can be read.
  ///
  /// @throws ConnectionException if one cannot, which `ssh` itself does not print
  SshConfig checked() throws ConnectionException {
    try {
      port();
      connectTimeout();
      aliveInterval();
      aliveCount();
      rekeyBytes();
      rekeyInterval();
      userKnownHosts();
      globalKnownHosts();
      identities();
      agent();
      return this;
    } catch (IllegalArgumentException | ArithmeticException malformed) {
      throw new ConnectionException(
          "%s: ssh -G prints a setting that cannot be read: %s; look at ~/.ssh/config"
              .formatted(host, malformed.getMessage()),
          malformed);
    }
  }

  /// The rule for a server's key that is not in the `known_hosts` files.
  enum Strictness {
    /// Refuse it.
    YES,
    /// Ask.
    ASK,
    /// Believe and remember it. Here this is also what `no` means: a changed key is never accepted.
    ACCEPT_NEW
  }

  /// Returns the machine, as the user wrote it.
  Host host() {
    return host;
  }

  /// Returns the name or address to connect to.
  String hostName() {
    return first("hostname").orElse(host.name());
  }

  /// Returns the TCP port.
  int port() {
    return first("port").map(Integer::parseInt).orElse(host.port().orElse(SSH_PORT));
  }

  /// Returns the user to log in as.
  String user() {
    return first("user").or(host::user).orElse(System.getProperty("user.name"));
  }

  /// Returns the name that the host's keys are filed under, before any port is added.
  String keyName() {
    return alias().orElse(hostName()).toLowerCase(Locale.ROOT);
  }

  /// Returns the name that the host's keys are looked up by in `known_hosts`.
  String knownAs() {
    return alias().isPresent() ? keyName() : KnownHosts.nameOf(hostName(), port());
  }

  /// Returns the name that counts where `knownAs` is not known: the one without the port.
  Optional<String> alsoKnownAs() {
    return alias().isPresent() || port() == SSH_PORT ? Optional.empty() : Optional.of(keyName());
  }

  /// Returns the user's `known_hosts` files. New keys go to the first.
  List<Path> userKnownHosts() {
    return paths(first("userknownhostsfile").orElse("~/.ssh/known_hosts ~/.ssh/known_hosts2"));
  }

  /// Returns the system's `known_hosts` files.
  List<Path> globalKnownHosts() {
    return paths(first("globalknownhostsfile").orElse("/etc/ssh/ssh_known_hosts"));
  }

  /// Returns what to do about an unknown host key.
  Strictness strictness() {
    return switch (first("stricthostkeychecking").orElse("ask")) {
      case "yes", "true" -> Strictness.YES;
      case "accept-new", "no", "false", "off" -> Strictness.ACCEPT_NEW;
      default -> Strictness.ASK;
    };
  }

  /// Tells whether a yes-or-no setting is on.
  boolean isOn(String key, boolean otherwise) {
    return first(key).map(v -> !OFF.contains(v)).orElse(otherwise);
  }

  /// Returns the private keys to offer, in order. Those of the built-in list may not exist.
  List<Path> identities() {
    return settings.getOrDefault("identityfile", DEFAULT_IDENTITIES).stream()
        .filter(file -> !OFF.contains(file))
        .map(this::path)
        .toList();
  }

  /// Returns whether somebody named this private key, and it is not just looked for.
  boolean isChosen(Path identity) {
    return settings.containsKey("identityfile")
        && defaults.getOrDefault("identityfile", DEFAULT_IDENTITIES).stream()
            .map(this::path)
            .noneMatch(identity::equals);
  }

  /// Returns the agent's socket, if there is one.
  Optional<Path> agent() {
    var setting = first("identityagent").orElse("SSH_AUTH_SOCK");
    if (OFF.contains(setting)) {
      return Optional.empty();
    }
    if (setting.equals("SSH_AUTH_SOCK") || setting.matches("\\$[^{].*")) {
      var socket = System.getenv(setting.startsWith("$") ? setting.substring(1) : setting);
      return Optional.ofNullable(socket).filter(s -> !s.isEmpty()).map(Path::of);
    }
    return Optional.of(path(setting));
  }

  /// Returns how long one address may take to answer.
  Duration connectTimeout() {
    return first("connecttimeout")
        .filter(v -> !OFF.contains(v))
        .map(v -> Duration.ofSeconds(Long.parseLong(v)))
        .filter(Duration::isPositive)
        .orElse(Duration.ofSeconds(30));
  }

  /// Returns how long the server may be silent before it is asked for a sign of life: 15 seconds
  /// unless it is configured.
  Duration aliveInterval() {
    return aliveConfigured()
        ? Duration.ofSeconds(number("serveraliveinterval", 15))
        : Duration.ofSeconds(15);
  }

  /// Returns how many signs of life may be missed: 4, or what is configured with the interval.
  int aliveCount() {
    return aliveConfigured() ? number("serveralivecountmax", 3) : 4;
  }

  /// Returns after how many bytes there are new keys, or 0 if the cipher says (RFC 4344, section
  /// 3.2); see ssh_config(5), RekeyLimit.
  long rekeyBytes() {
    return rekeyLimit(0);
  }

  /// Returns after how long there are new keys, zero for never.
  Duration rekeyInterval() {
    return Duration.ofSeconds(rekeyLimit(1));
  }

  private long rekeyLimit(int part) {
    var parts = first("rekeylimit").map(v -> v.split(" ", -1)).orElse(new String[0]);
    return part < parts.length ? Long.parseLong(parts[part]) : 0;
  }

  /// Tells whether the configuration itself asks for signs of life.
  boolean aliveConfigured() {
    return number("serveraliveinterval", 0) > 0;
  }

  /// Returns a number, or a default where the setting is missing.
  int number(String key, int otherwise) {
    return first(key).map(Integer::parseInt).orElse(otherwise);
  }

  /// Returns the variables for the remote command (`SetEnv`).
  Map<String, String> environment() {
    var variables = new LinkedHashMap<String, String>();
    for (var setting : settings.getOrDefault("setenv", List.of())) {
      int equals = setting.indexOf('=');
      if (equals > 0) {
        variables.putIfAbsent(setting.substring(0, equals), setting.substring(equals + 1));
      }
    }
    return variables;
  }

  /// Returns a list of names that someone set, such as `ciphers`; empty if it is `ssh`'s own
  /// default, which need not be ours.
  Optional<List<String>> chosen(String key) {
    return first(key)
        .filter(v -> !v.equals(first(defaults, key)))
        .map(v -> List.of(v.split(",", -1)));
  }

  /// Returns a setting's first value.
  Optional<String> first(String key) {
    return Optional.ofNullable(first(settings, key));
  }

  /// Returns the setting that the built-in client does not have, if there is one: the reason to run
  /// the `ssh` program instead.
  Optional<String> unsupported() {
    return UNSUPPORTED.stream()
        .sorted()
        .filter(key -> first(key).filter(v -> !OFF.contains(v)).isPresent())
        .findFirst();
  }

  private Optional<String> alias() {
    return first("hostkeyalias").filter(v -> !OFF.contains(v));
  }

  /// Splits a list of files. `ssh -G` prints them with blanks between, without quotes, after making
  /// them absolute; so a part that is not absolute belongs to the file before it.
  private List<Path> paths(String list) {
    var files = new ArrayList<String>();
    for (var part : list.split(" ", -1)) {
      if (files.isEmpty() || part.startsWith("/") || part.startsWith("~")) {
        files.add(part);
      } else {
        files.add(files.removeLast() + " " + part);
      }
    }
    return files.stream().filter(file -> !OFF.contains(file)).map(this::path).toList();
  }

  private Path path(String text) {
    return Path.of(PathTokens.expand(text, this));
  }

  private static @Nullable String first(Map<String, List<String>> settings, String key) {
    var values = settings.get(key);
    return values == null ? null : values.getFirst();
  }

  private static Map<String, List<String>> settings(List<String> lines) {
    var settings = new HashMap<String, List<String>>();
    for (var line : lines) {
      int end = line.indexOf(' ');
      if (end > 0) {
        settings
            .computeIfAbsent(
                line.substring(0, end).toLowerCase(Locale.ROOT), key -> new ArrayList<>())
            .add(line.substring(end + 1).strip());
      }
    }
    return settings;
  }
}
